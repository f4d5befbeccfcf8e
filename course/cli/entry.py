"""Starts the `course` command. Ctrl-C ends it in one line from here on, before most of it is imported."""

from __future__ import annotations

import sys


def main() -> None:
    """Run one verb."""
    try:
        from course.cli.app import main as run

        run()
    except KeyboardInterrupt:
        from course.errors import STOPPED

        print("\nStopped.", file=sys.stderr)
        sys.exit(STOPPED)
