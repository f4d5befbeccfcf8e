"""Measures how a class is graded, and writes what was found into the site's page.

Side by side, on the same honest submissions: `course grade`, stock nbgrader, otter, nbclient, papermill and
the bare fork limit. Then `course grade` alone: its start, classes of several sizes, and where exercises take
their time. Processor time is the whole machine's, so measure on a quiet one. It takes some minutes.
"""

from __future__ import annotations

import argparse
import signal
import sys

from benchmarks.grading import plot, report, results
from benchmarks.grading.classroom import REPOSITORY
from benchmarks.grading.suite import FULL, QUICK, Counts, measure

FOUND = REPOSITORY / "benchmarks" / "results.json"
PAGE = REPOSITORY / "docs" / "benchmark.md"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grading", description=__doc__)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--full", action="store_true", help="classes of up to 5,000, not 1,000")
    which.add_argument("--quick", action="store_true", help="try it with few submissions, and write nothing")
    which.add_argument("--print", action="store_true", help="measure nothing, print the last run's page anew")
    asked = parser.parse_args()
    for ending in (signal.SIGINT, signal.SIGTERM):  # also where a shell has set the first to be ignored
        signal.signal(ending, signal.default_int_handler)
    try:
        if asked.quick:
            print(report.measured(measure(QUICK)))
            return
        if not asked.print:
            results.save(measure(FULL if asked.full else Counts()), FOUND)
    except KeyboardInterrupt:
        sys.exit("Stopped: nothing was written.")
    found = results.load(FOUND)
    plot.draw(found, PAGE.parent / "assets")
    report.write(found, PAGE)
    print(f"{report.measured(found)}\nThis is in {PAGE.relative_to(REPOSITORY)} now.")


if __name__ == "__main__":
    main()
