"""Starts the command `timetravel`."""

from __future__ import annotations

import sys
from functools import wraps

import typer

from timetravel.cli.command import timeline
from timetravel.errors import TimelineError

_STOPPED = 130  # as a shell counts a process that Ctrl-C ended


def main() -> None:
    """Draw a database's threads; what a user can fix, and Ctrl-C, end in one line."""
    typer.run(_calm)


@wraps(timeline)
def _calm(*args: object, **options: object) -> None:
    try:
        timeline(*args, **options)  # pyright: ignore[reportArgumentType] — typer has read them by its signature
    except TimelineError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        raise typer.Exit(_STOPPED) from None
