"""How long a class takes that hands in whole modules: worked answers of ten students, five modules each.

    .venv/bin/python -m benchmarks.ten_students [--students N] [--modules N] [--jobs N] [--steady]
                                                [--before CHECKOUT]

With `--before`, the engine of another checkout grades the same class first: its seconds are printed, too. A
run in which a submission loses a point, or in which the two differ in a verdict, counts for nothing.
`--steady` is for a machine that others keep busy: as many at a time as an idle one of its size comes to.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.grading.classroom import REPOSITORY
from benchmarks.grading.processor import group_of_our_own
from benchmarks.whole_modules import COURSE, Took, grade, hand_in_worked
from course.paths import Root


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.ten_students",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--students", type=int, default=10)
    parser.add_argument("--modules", type=int, default=5, help="the first so many")
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--before", type=Path, metavar="CHECKOUT")
    parser.add_argument("--steady", action="store_true", help="follow no load")
    asked = parser.parse_args()
    command = ("-m", "benchmarks.steady") if asked.steady else ("-c", COURSE)
    modules = Root(REPOSITORY).module_names()[: asked.modules]
    engines = {"before": asked.before.resolve()} if asked.before else {}
    found: dict[str, Took] = {}
    with group_of_our_own(), tempfile.TemporaryDirectory(prefix="bench-") as name:
        submitted = hand_in_worked(Path(name) / "submitted", modules, asked.students)
        print(f"{asked.students} students, {', '.join(modules)}", flush=True)
        for who, engine in {**engines, "now": REPOSITORY}.items():
            how = command if who == "now" else ("-c", COURSE)
            took = found[who] = grade(
                submitted, Path(name) / who, jobs=asked.jobs, engine=engine, command=how
            )
            print(f"{who:<8} {took.seconds:7.1f} s {took.processor:7.1f} s of processors", flush=True)
    for who, took in found.items():
        for line in took.lost:
            print(f"{who}: {line}")
    if "before" in found:
        same = found["before"].verdicts == found["now"].verdicts
        print(f"verdicts are {'the same' if same else 'NOT the same'};", end=" ")
        print(f"{found['before'].seconds / found['now'].seconds:.1f} times as fast")
    sys.exit(any(took.lost for took in found.values()))


if __name__ == "__main__":
    main()
