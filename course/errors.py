"""Defines the errors that a user can fix.

CourseError
├── UsageError      the command was given something it cannot use (exit code 2)
└── SourceError     a file of the course is wrong at a line (exit code 1)
"""

from __future__ import annotations

from pathlib import Path

STOPPED = 130
"""What a shell expects of a command that Ctrl-C ended."""


class CourseError(Exception):
    """Something a user can mend. Its text says what is wrong, where, and what to do next."""

    exit_code = 1


class UsageError(CourseError):
    """The command was given something that it cannot use."""

    exit_code = 2


class SourceError(CourseError):
    """A hand-written file of the course is wrong."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        self.path, self.line, self.message = path, line, message
        super().__init__(f"{path}:{line}: {message}")

    def __reduce__(self) -> tuple[type[SourceError], tuple[Path, int, str]]:
        """Let it cross from a process to another: by default, the text alone would."""
        return type(self), (self.path, self.line, self.message)
