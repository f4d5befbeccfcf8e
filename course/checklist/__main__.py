"""Runs one point of the checklist: `python -m course.checklist POINT`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module

from course.checklist.findings import Findings, told

POINTS = ("errors", "logs", "alerts", "documents", "security", "load", "rollback")
USAGE = f"""\
Usage: python -m course.checklist POINT

Checks one point of the deployment checklist on the support agent of module 08
and the pipeline of module 09. POINT is one of
{", ".join(POINTS)}.

Exit codes: 0 all holds, 1 something doesn't, 2 wrong use."""


def main(words: list[str]) -> int:
    """Run the point that's named, and return the exit code: 0 if all holds, 1 if not, 2 for a wrong name."""
    if words in (["--help"], ["-h"]):
        print(USAGE)
        return 0
    if len(words) != 1 or words[0] not in POINTS:
        print(USAGE, file=sys.stderr)
        return 2
    check: Callable[[], Findings] = getattr(import_module(f"course.checklist.{words[0]}"), words[0])
    return 0 if told(check()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
