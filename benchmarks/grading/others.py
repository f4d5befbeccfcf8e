"""What others do with the same submissions: stock nbgrader, otter, and notebooks that are only executed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable

from benchmarks.grading.assignment import Assignment
from benchmarks.grading.classroom import SMALL, hand_in
from benchmarks.grading.measuring import Cost, run
from benchmarks.grading.plain_tests import POINTS

Grade = Callable[[int], Cost]
"""Grades so many submissions, checks that all got full marks, and tells what it cost."""


def nbgrader(assignment: Assignment) -> Grade:
    """`nbgrader autograde` and `nbgrader generate_feedback`, with nbgrader's own steps and a kernel each."""
    folder = assignment.folder
    shutil.copy(folder / "gradebook.db", folder / "empty.db")

    def grade(count: int) -> Cost:
        shutil.copy(folder / "empty.db", folder / "gradebook.db")
        for name in ("submitted", "autograded", "feedback"):
            shutil.rmtree(folder / name, ignore_errors=True)
        hand_in(folder / "submitted", SMALL, assignment.graded, count)
        steps = [run(["nbgrader", step, SMALL], folder=folder) for step in ("autograde", "generate_feedback")]
        _all_right(_nbgrader_scores(assignment), count)
        return added(steps, count)

    return grade


def _nbgrader_scores(assignment: Assignment) -> list[float]:
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{assignment.folder / 'gradebook.db'}") as book:
        return [float(submission.score or 0) for submission in book.assignment_submissions(SMALL)]


def otter(assignment: Assignment) -> Grade:
    """`otter run`, a process for each submission."""
    folder = assignment.folder

    def grade(count: int) -> Cost:
        costs: list[Cost] = []
        for number in range(count):
            given = ["-a", str(assignment.otter_zip), "-o", str(folder), "--no-logo"]
            costs.append(run(["otter", "run", str(assignment.answered(number)), *given], folder=folder))
            tests = json.loads((folder / "results.json").read_text("utf-8"))["tests"]
            _all_right([sum(test.get("score", 0) for test in tests)], 1)
        return added(costs, count)

    return grade


def executed(assignment: Assignment, tool: str) -> Grade:
    """nbclient or papermill in one process, with a fresh kernel for each notebook; nothing is graded."""

    def grade(count: int) -> Cost:
        paths = [str(assignment.answered(number)) for number in range(count)]
        words = ["python", "-m", "benchmarks.grading.kernels", tool, *paths]
        return run(words, folder=assignment.folder, count=count)

    return grade


def added(costs: Iterable[Cost], count: int) -> Cost:
    """Return what several commands, one after the other, cost for so many submissions."""
    costs = list(costs)
    return Cost(count=count, seconds=sum(c.seconds for c in costs), cpu=sum(c.cpu for c in costs))


def _all_right(scores: list[float], count: int) -> None:
    if scores != [POINTS] * count:
        raise SystemExit(f"not all {count} submissions got {POINTS} points: {scores}")
