"""Defines the errors that a user of the debugger can fix.

TimelineError
└── WrongUse      it was given something it cannot use (exit code 2)
"""

from __future__ import annotations


class TimelineError(Exception):
    """Something a user can fix. Its text says what is wrong, where, and what to do next."""

    exit_code = 1


class WrongUse(TimelineError):
    """The debugger was given something it cannot use."""

    exit_code = 2
