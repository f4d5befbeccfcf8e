"""Implements `check("name")`: runs the public tests on the live notebook, and shows a card."""

from __future__ import annotations

import os
import secrets
import time
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from course.errors import CourseError
from course.learner import live_shell, runs, stale
from course.learner.card import Card
from course.learner.conclude import conclude
from course.learner.needed_cells import bound_again, ends_its_process, needed_cells, not_python
from course.learner.running import Running
from course.learner.warm_up import find_exercise
from course.paths import Root

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from autograder.results.verdicts import ExerciseResult
    from autograder.testing.judge import Judge
    from course.learner.catalogue import CatalogueEntry


_SAVED_BY = 3.0  #: after so many seconds a change is one made while the check ran, for the next one
_AGAIN = (
    "bound again by a cell that you ran later; your answer finds that one now. Run the answer's cell again, "
    "then check. (When it is graded, an answer has the cells above it, and no names of later answers.)"
)


def check(name: str) -> Card:
    """Run the public tests of an exercise on the names that this notebook has defined.

    Tests that must kill and restart a process run the cells that your answer needs, as you last ran them,
    in a process of their own.

    Args:
        name: the exercise, for example `"restart_proof_chat"`.

    Returns:
        A card with each test's verdict and reason. Its `repr` is the score, which nbgrader reads.

    Raises:
        CourseError: only where nbgrader grades without our `nbgrader_config.py`: what the public tests say in
            the learner's own kernel is no grade.
    """
    if os.environ.get("COURSE_GRADING"):
        return Card(title=name, next="The grader runs the tests itself.")
    if os.environ.get("NBGRADER_EXECUTION") == "autograde":
        raise CourseError("`check` gives no grades: run nbgrader with the course's nbgrader_config.py")
    try:
        root = Root.find()
        entry = find_exercise(str(name), root)
    except CourseError as error:
        return Card(title=str(name), next=str(error) if str(error).endswith("?") else f"{error}.")
    if entry.manual:
        return Card(title=entry.title, next="A person reads and grades this one.")
    here = live_shell.shell()
    if first := stale.older(entry, live_shell.notebook(), here.user_ns):
        return Card(title=entry.title, first=first)
    with Running(shown=hasattr(here, "kernel")) as running:
        return _judged(root, entry, here, running)


def _judged(root: Root, entry: CatalogueEntry, here: Any, running: Running) -> Card:  # noqa: ANN401 — a shell
    from autograder.sandbox.zygote_process import ZygoteDied

    judge, began = _judge(root.public_tests(entry.module)), time.time()
    if any(test.restarts for tests in judge.exercises.values() for test in tests):
        live_shell.zygote()  # it gets warm while the answer is written
    ran, notebook = live_shell.cells_run(here), live_shell.notebook()
    try:
        result, notes = run(entry, judge, here.user_ns, ran, running)
    except ZygoteDied:
        live_shell.zygote().restart()
        return Card(
            title=entry.title,
            next="A process that runs the tests has ended, through no fault of yours. Check again.",
        )
    # JupyterLab may have saved only by now what was changed just before the check.
    if first := stale.older(entry, notebook, here.user_ns, until=began + _SAVED_BY):
        return Card(title=entry.title, first=first)
    if not_python(ran[:-1]):  # the last one is this call
        notes = (*notes, "The last cell you ran isn't valid Python: this is about what was there before.")
    if result.status != "passed" and (again := bound_again(entry.defines, ran)):
        notes = (*notes, f"{_listed(again)}: {_AGAIN}")
    return conclude(entry, result, notes, notebook.parent if notebook else None)


def run(
    entry: CatalogueEntry, judge: Judge, namespace: dict[str, Any], ran: list[str], running: Running
) -> tuple[ExerciseResult, tuple[str, ...]]:
    """Judge an exercise in a live namespace, and in a process of its own where it must be killed.

    Returns:
        The verdicts, in the order of the tests, and notes for the learner.
    """
    from autograder.sandbox.live_kernel import LiveNamespace

    tests, seed = judge.exercises[entry.name], secrets.randbelow(1 << 32)
    needed = needed_cells(entry.defines, ran, namespace)
    apart = ends_its_process(needed.cells)  # here, it would take the kernel along, and all its names
    killed = frozenset(t.title for t in tests if t.restarts or apart)
    live_only = frozenset(t.title for t in tests) - killed
    live = LiveNamespace(namespace)
    try:
        result = judge.run(entry.name, live, seed=seed, only=live_only, patience=1, follower=running)
    finally:
        live.close()
    if not killed:
        return result, ()
    running.say("Starting another process for your code")
    with live_shell.zygote().submission(list(needed.cells), needs=judge.needs(entry.name)) as process:
        more = judge.run(entry.name, process, seed=seed, only=killed, patience=1, follower=running)
    found = {test.title: test for test in (*result.tests, *more.tests)}
    return replace(result, tests=tuple(found[t.title] for t in tests)), tuple(
        _notes(needed.elsewhere, apart=apart)
    )


def _notes(elsewhere: tuple[str, ...], *, apart: bool) -> Iterator[str]:
    if apart:
        yield "Your code may end its process or change Python itself, so another process ran it."
    if elsewhere:
        yield f"Not from a cell that you ran, so the other process does not have it: {_listed(elsewhere)}."


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _judge(tests: tuple[Path, ...]) -> Judge:
    """Return an open judge; it is opened anew when a file has changed."""
    return _open_judge(tests, tuple(path.stat().st_mtime_ns for path in tests))


@cache
def _open_judge(tests: tuple[Path, ...], changed: tuple[int, ...]) -> Judge:
    from autograder.testing.judge import Judge

    return Judge(tests)


runs.begin()  # a notebook imports `check` before it runs an answer
