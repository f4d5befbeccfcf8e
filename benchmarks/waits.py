"""What each test of the course waits for: its seconds, less those in which a processor was at work for it.

    .venv/bin/python -m benchmarks.waits [--module NAME …] [--exercise NAME …] [--times N] [--before CHECKOUT]

The worked answer of every coded exercise is graded alone, and then each module's right notebook as a whole.
With `--before`, engine and exercises of another checkout take turns with these, module by module.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.grading.cells import CodeCell, grade_cells
from autograder.results.verdicts import ExerciseResult
from autograder.sandbox.find_tier import find_tier
from autograder.sandbox.zygote_client import ZygoteClient
from autograder.testing.judge import Judge, TestInfo
from benchmarks.grading.processor import busy, group_of_our_own
from course.authoring.exercise_source import read_module
from course.paths import Root

HERE = Path(__file__).resolve().parent.parent
NOTEBOOK = "the whole notebook"
Place = tuple[str, str]
"""An exercise and the title of one of its tests; `NOTEBOOK` and its module."""


@dataclass(frozen=True, slots=True)
class Took:
    """What one test took."""

    seconds: float
    processor: float

    @property
    def waited(self) -> float:
        """No less than nothing: two processes of a test may be at work at a time."""
        return max(0.0, self.seconds - self.processor)


class Clock:
    """Notes the processor time whenever a test begins: a follower of the judge."""

    def __init__(self) -> None:
        self.began: list[float] = []

    def test(self, info: TestInfo) -> None:
        self.began.append(busy())

    def doing(self, what: str) -> None:
        """Nothing to note."""


def measure(module: str, exercises: Sequence[str]) -> Iterator[tuple[str, str, float, float]]:
    """Grade in this process; yield exercise, title, seconds and processor seconds of each test."""
    root = Root.find()
    code = [cell for cell in read_module(root, module).cells if cell.kind == "code"]
    cells = [CodeCell(source=cell.text, exercise=cell.exercise or None) for cell in code]
    with Judge(root.test_files(module)) as judge, ZygoteClient(tier=find_tier()) as zygote:
        names = [name for name in judge.exercises if not exercises or name in exercises]
        _passed(grade_cells(judge, zygote, cells, names=names[:1]))  # what starts once a run is not measured
        for name in names:
            clock = Clock()
            (result,) = _passed(grade_cells(judge, zygote, cells, names=[name], follower=clock))
            ends = [*clock.began[1:], busy()]
            for test, began, ended in zip(result.tests, clock.began, ends, strict=True):
                yield name, test.title, test.seconds, ended - began
        if not exercises:
            began, used = time.perf_counter(), busy()
            _passed(grade_cells(judge, zygote, cells))
            yield NOTEBOOK, module, time.perf_counter() - began, busy() - used


def _passed(results: Sequence[ExerciseResult]) -> Sequence[ExerciseResult]:
    for result in results:
        for test in result.tests:
            if not test.passed:
                raise SystemExit(f"{result.name}: “{test.title}” {test.status}: {test.message}")
    return results


def of_checkout(checkout: Path, module: str, exercises: Sequence[str], times: int) -> dict[Place, Took]:
    """Measure in a process that has engine and exercises of a checkout; of several times, the quickest."""
    words = [sys.executable, "-P", str(Path(__file__).resolve()), "--measure", "--module", module]
    words += [word for name in exercises for word in ("--exercise", name)]
    env = {**os.environ, "PYTHONPATH": str(checkout), "COURSE_ROOT": str(checkout)}
    found: dict[Place, list[tuple[float, float]]] = {}
    for _ in range(times):
        done = subprocess.run(words, env=env, cwd=checkout, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{module} of {checkout} could not be measured")
        for exercise, title, seconds, processor in map(json.loads, done.stdout.splitlines()):
            found.setdefault((exercise, title), []).append((seconds, processor))
    return {place: Took(*min(each)) for place, each in found.items()}


def rows(now: Mapping[Place, Took], before: Mapping[Place, Took] | None) -> Iterator[str]:
    """Yield the table, longest waits first."""
    head = f"{'seconds':>8} {'processor':>10} {'waiting':>8}"
    yield f"{f'{head}   ' if before is not None else ''}{head}   exercise: test"
    places = sorted({**(before or {}), **now}, key=lambda place: -_longest(place, now, before or {}))
    for place in places:
        parts = [_part(found.get(place)) for found in (before, now) if found is not None]
        yield f"{'   '.join(parts)}   {place[0]}: {place[1]}"


def _longest(place: Place, *all_found: Mapping[Place, Took]) -> float:
    return max(found[place].waited for found in all_found if place in found)


def _part(took: Took | None) -> str:
    if not took:
        return f"{'–':>8} {'–':>10} {'–':>8}"
    return f"{took.seconds:>8.2f} {took.processor:>10.2f} {took.waited:>8.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.waits",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--module", action="append", help="only this one; may be repeated")
    parser.add_argument("--exercise", action="append", default=[], help="only this one; may be repeated")
    parser.add_argument("--times", type=int, default=1, help="the quickest of so many runs")
    parser.add_argument("--before", type=Path, metavar="CHECKOUT")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        for line in measure(asked.module[0], asked.exercise):
            print(json.dumps(line), flush=True)
        return
    now: dict[Place, Took] = {}
    before: dict[Place, Took] | None = {} if asked.before else None
    with group_of_our_own():
        for module in asked.module or Root(HERE).module_names():
            if before is not None:
                before |= of_checkout(asked.before.resolve(), module, asked.exercise, asked.times)
            now |= of_checkout(HERE, module, asked.exercise, asked.times)
            print(module, file=sys.stderr, flush=True)
    print("\n".join(rows(now, before)))


if __name__ == "__main__":
    main()
