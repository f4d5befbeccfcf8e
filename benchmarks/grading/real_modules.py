"""What the course's own modules cost: a notebook of each, here and by nbgrader, and a class with several."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.grading import ours
from benchmarks.grading.classroom import REPOSITORY, Classroom, open_classroom
from benchmarks.grading.others import stock
from benchmarks.grading.results import ModuleCost, WholeClass
from benchmarks.whole_modules import grade, hand_in_worked
from course.paths import Root


def module_costs(folder: Path, small: Classroom) -> Iterator[tuple[ModuleCost, dict[str, float]]]:
    """Grade the small notebook and each module's, one after the other; yield costs and exercises' seconds.

    Raises:
        SystemExit: one of them lost a point.
    """
    yield _cost(small)
    for module in Root(REPOSITORY).module_names():
        yield _cost(open_classroom(folder / module, module))


def _cost(room: Classroom) -> tuple[ModuleCost, dict[str, float]]:
    cost, exercises = ours.module_cost(room)
    return replace(cost, nbgrader=stock(room).seconds), exercises


def whole_class(students: int, modules: int) -> WholeClass:
    """Grade a class that hands in the first modules, with the command as it is.

    Raises:
        SystemExit: a submission lost a point.
    """
    names = Root(REPOSITORY).module_names()[:modules]
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        submitted = hand_in_worked(Path(name) / "submitted", names, students)
        took = grade(submitted, Path(name) / "out")
    if took.lost:
        raise SystemExit("\n".join(took.lost))
    return WholeClass(
        students=students,
        modules=len(names),
        seconds=took.seconds,
        processor=took.processor,
        again=took.again,
    )
