"""Mutants: worked answers with one small fault each. Tests that let them pass do not look closely enough."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from course.authoring.mutants.report import Found
from course.authoring.mutants.survivors import read_reasons
from course.authoring.mutants.trying import Tried, try_all
from course.authoring.verify.run import subjects_of
from course.paths import Root

__all__ = ["Found", "find"]


def find(
    root: Root,
    *,
    names: Sequence[str] = (),
    modules: Sequence[str] = (),
    right: bool = False,
    most: int | None = None,
    jobs: int | None = None,
    watch: Callable[[int, int, str], None] = lambda done, total, label: None,
) -> Found:
    """Try the mutants of exercises.

    Args:
        root: the course.
        names: exercises; all by default.
        modules: modules; all by default.
        right: break the alternatives in `right/` instead of the worked answers.
        most: of each answer, try so many at most.
        jobs: how many processes to use; as many as there are cores by default.
        watch: told how many are done, of how many, and of which exercise the last was.

    Raises:
        UsageError: there is no such exercise or module.
        CourseError: the reasons cannot be read.
    """
    started = time.perf_counter()
    subjects = [each for each in subjects_of(root, names=names, modules=modules) if not each.by_hand]
    files = [each.exercise.folder / "survivors.toml" for each in subjects]
    reasons = [reason for path in files for reason in read_reasons(path)]
    tried: list[Tried] = []
    for total, part in try_all(subjects, right=right, most=most, jobs=jobs):
        tried += part
        watch(len(tried), total, part[-1].exercise)
    order = {each.exercise.name: place for place, each in enumerate(subjects)}
    tried.sort(key=lambda each: (order[each.exercise], each.source, each.mutant.line, each.mutant.becomes))
    return Found(tried=tuple(tried), reasons=tuple(reasons), seconds=time.perf_counter() - started)
