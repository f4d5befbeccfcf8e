"""Offers the debugger's command as a verb: `course timeline`."""

from __future__ import annotations

from timetravel.cli.command import timeline

__all__ = ["timeline"]
