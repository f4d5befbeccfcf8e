"""The whole benchmark, in order: what is measured, and on how many submissions."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.grading import ours
from benchmarks.grading.assignment import prepare
from benchmarks.grading.classroom import SMALL, Classroom, open_classroom
from benchmarks.grading.machine import this_machine
from benchmarks.grading.measuring import Cost
from benchmarks.grading.others import Grade, executed, nbgrader, otter
from benchmarks.grading.processor import group_of_our_own
from benchmarks.grading.real_modules import module_costs, whole_class
from benchmarks.grading.results import (
    LIMIT,
    NBCLIENT,
    NBGRADER,
    OTTER,
    OURS,
    PAPERMILL,
    ModuleCost,
    Results,
    Way,
    WholeClass,
)

Pair = tuple[int, int]
TRIES = 3  #: of a pair, where something else kept the machine busy


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many submissions each part gets. Of a pair, the difference has no start in it."""

    ours: Pair = (8, 200)
    nbgrader: Pair = (1, 4)
    otter: Pair = (0, 1)  # each has its own start
    kernels: Pair = (1, 3)
    sizes: tuple[int, ...] = (100, 1000)
    classes: tuple[Pair, ...] = ((10, 5),)  #: students and modules


QUICK = Counts(ours=(4, 20), nbgrader=(1, 3), sizes=(100, 400), classes=((2, 2),))
FULL = Counts(nbgrader=(1, 8), otter=(0, 3), sizes=(100, 1000, 5000), classes=((10, 5), (10, 9)))


def measure(counts: Counts) -> Results:
    """Measure everything, in a temporary folder that is gone afterwards.

    Raises:
        SystemExit: a command failed, an honest submission lost points, or the machine is too noisy.
    """
    with group_of_our_own(), tempfile.TemporaryDirectory(prefix="bench-") as name:
        machine = this_machine()
        _say("preparing the assignments")
        small = open_classroom(Path(name) / SMALL, SMALL)
        ways = tuple(_side_by_side(Path(name) / "plain", small, counts))
        _say("course --help; course grade of one submission")
        help_seconds, cold_seconds = ours.help_seconds(small.folder), ours.cold_seconds(small)
        sizes = tuple(_measured(OURS, partial(ours.grade, small), count) for count in counts.sizes)
        exercises: dict[str, dict[str, float]] = {}
        modules: list[ModuleCost] = []
        for cost, times in module_costs(Path(name), small):
            _say(f"one notebook of {cost.module}: {cost.one:.1f} s, by nbgrader {cost.nbgrader:.1f} s")
            modules.append(cost)
            exercises[cost.module] = times
        classes: list[WholeClass] = []
        for students, count in counts.classes:
            _say(f"{students} students, {count} modules", end=" … ")
            classes.append(whole_class(students, count))
            print(f"{classes[-1].seconds:.1f} s", file=sys.stderr, flush=True)
    return Results(
        machine=machine,
        ways=ways,
        help_seconds=help_seconds,
        cold_seconds=cold_seconds,
        sizes=sizes,
        exercises=exercises,
        modules=tuple(modules),
        classes=tuple(classes),
    )


def _side_by_side(folder: Path, small: Classroom, counts: Counts) -> Iterator[Way]:
    assignment = prepare(folder, small)
    plan: list[tuple[str, Grade, Pair]] = [
        (OURS, partial(ours.grade, small), counts.ours),
        (LIMIT, partial(ours.fork_limit, small), counts.ours),
        (NBGRADER, nbgrader(assignment), counts.nbgrader),
        (OTTER, otter(assignment), counts.otter),
        (NBCLIENT, executed(assignment, "nbclient"), counts.kernels),
        (PAPERMILL, executed(assignment, "papermill"), counts.kernels),
    ]
    for name, grade, (few, many) in plan:
        for _ in range(TRIES):
            first, second = (_measured(name, grade, count) for count in (few, many))
            way = Way(name=name, few=first, many=second)
            if way.each > 0:
                yield way
                break
        else:
            raise SystemExit(f"{name}: {many} took no longer than {few}; measure on a quieter machine")


def _measured(name: str, grade: Grade, count: int) -> Cost:
    _say(f"{name}: {count:,}", end=" … ")
    cost = grade(count)
    print(f"{cost.seconds:.1f} s", file=sys.stderr, flush=True)
    return cost


def _say(text: str, end: str = "\n") -> None:
    print(f"  {text}", end=end, file=sys.stderr, flush=True)
