"""Implements `check("name")`: runs the public tests on the live notebook, and shows a card."""

from __future__ import annotations

import os
import secrets
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from course.errors import CourseError
from course.learner import live_shell
from course.learner.card import Card
from course.learner.catalogue import LOCAL_SITE, CatalogueEntry, find
from course.learner.needed_cells import bound_again, needed_cells, not_python
from course.paths import Root

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from autograder.results.verdicts import ExerciseResult, TestResult
    from autograder.testing.judge import Judge


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
        entry = find(str(name), root)
    except CourseError as error:
        return Card(title=str(name), next=str(error) if str(error).endswith("?") else f"{error}.")
    if entry.manual:
        return Card(title=entry.title, next="A person reads and grades this one.")
    from autograder.sandbox.launch import ZygoteDied

    here = live_shell.shell()
    judge = _judge(root.public_tests(entry.module))
    if any(test.restarts for tests in judge.exercises.values() for test in tests):
        live_shell.zygote()  # it gets warm while the answer is written
    ran = live_shell.cells_run(here)
    try:
        result, notes = run(entry, judge, here.user_ns, ran)
    except ZygoteDied:
        live_shell.zygote().restart()
        return Card(
            title=entry.title, next="A process that checks has ended, through no fault of yours. Check again."
        )
    if not_python(ran[:-1]):  # the last one is this call
        notes = (*notes, "The last cell you ran is no valid Python: this is about what was there before.")
    if result.status != "passed" and (again := bound_again(entry.defines, ran)):
        notes = (*notes, f"{_listed(again)}: {_AGAIN}")
    return conclude(entry, result, notes)


def run(
    entry: CatalogueEntry, judge: Judge, namespace: dict[str, Any], ran: list[str]
) -> tuple[ExerciseResult, tuple[str, ...]]:
    """Judge an exercise in a live namespace, and in a process of its own where it must be killed.

    Returns:
        The verdicts, in the order of the tests, and notes for the learner.
    """
    from autograder.sandbox.live_kernel import LiveNamespace

    tests, seed = judge.exercises[entry.name], secrets.randbelow(1 << 32)
    live_only = frozenset(t.title for t in tests if not t.restarts)
    live = LiveNamespace(namespace)
    try:
        result = judge.run(entry.name, live, seed=seed, only=live_only, patience=1)
    finally:
        live.close()
    if len(live_only) == len(tests):
        return result, ()
    needed = needed_cells(entry.defines, ran, namespace)
    needs = judge.needs(entry.name)
    with (
        live_shell.Progress() as progress,
        live_shell.zygote().submission(list(needed.cells), needs=needs) as process,
    ):
        found = {test.title: test for test in result.tests}
        for test in tests:
            if test.restarts:
                progress.say(f"In another process: {test.title}")
                one = judge.run(entry.name, process, seed=seed, only=frozenset({test.title}))
                found[test.title] = one.tests[0]
    return replace(result, tests=_in_order(found, [t.title for t in tests])), _notes(needed.elsewhere)


def conclude(entry: CatalogueEntry, result: ExerciseResult, notes: tuple[str, ...] = ()) -> Card:
    """Make the card: what to try next, and the worked answer once every test has passed."""
    from course.learner.progress import record

    record(entry.name, result.earned, result.points)
    if result.status == "passed":
        advice, link = f"All that can be checked here holds.{_unseen(entry, result)}", entry.solution_url
        if link.startswith(LOCAL_SITE):
            advice += " `make serve` shows the site on this machine, with the worked answer:"
    elif result.status == "not written":
        advice, link = f'Write the cell above, run it, and check again. `hint("{entry.name}")` helps.', ""
    else:
        advice, link = f'Mend it, run the cell, and check again. Stuck? `hint("{entry.name}")`', ""
    return Card(title=entry.title, result=result, points=entry.points, next=advice, link=link, notes=notes)


def _unseen(entry: CatalogueEntry, result: ExerciseResult) -> str:
    """Say what is graded besides: "all tests passed" misleads where others have not been run."""
    more = entry.points - result.points
    if more <= 0:
        return ""
    asked = " ".join(entry.hidden)
    return f" Graded besides, for {more:g} more point{'' if more == 1 else 's'}: {asked}".rstrip(": ")


def _in_order(found: dict[str, TestResult], titles: list[str]) -> tuple[TestResult, ...]:
    return tuple(found[title] for title in titles)


def _notes(elsewhere: tuple[str, ...]) -> tuple[str, ...]:
    if not elsewhere:
        return ()
    return (f"Not from a cell that you ran, so the other process does not have it: {_listed(elsewhere)}.",)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _judge(tests: tuple[Path, ...]) -> Judge:
    """Return an open judge; it is opened anew when a file has changed."""
    return _open_judge(tests, tuple(path.stat().st_mtime_ns for path in tests))


@cache
def _open_judge(tests: tuple[Path, ...], changed: tuple[int, ...]) -> Judge:
    from autograder.testing.judge import Judge

    return Judge(tests)
