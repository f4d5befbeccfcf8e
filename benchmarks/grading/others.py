"""What others do with the same submissions: stock nbgrader, otter, and notebooks that are only executed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable

from benchmarks.grading.assignment import Assignment
from benchmarks.grading.classroom import SMALL, Classroom, hand_in
from benchmarks.grading.measuring import Cost, run
from benchmarks.grading.plain_tests import POINTS

COURSE_ID = "langgraph-persistence"  #: as `nbgrader_config.py` has it
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


def stock(room: Classroom) -> Cost:
    """Grade one worked notebook by nbgrader's commands and the course's configuration, from a cold start.

    Raises:
        SystemExit: a command failed, or the notebook lost a point.
    """
    run(["nbgrader", "generate_assignment", room.module, "--force"], folder=room.folder)  # not measured
    hand_in(room.folder / "build" / "submitted", room.module, room.notebook, 1)
    steps = ("autograde", "generate_feedback")
    cost = added([run(["nbgrader", step, room.module], folder=room.folder) for step in steps], 1)
    earned, most = _auto_scores(room)
    if not most or earned != most:
        raise SystemExit(f"a worked notebook of {room.module} got {earned} of {most} points from nbgrader")
    return cost


def _auto_scores(room: Classroom) -> tuple[float, float]:
    """Return what nbgrader gave without a person's help, and what it could have given."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{room.folder / 'build' / 'gradebook.db'}", COURSE_ID) as book:
        (submission,) = book.assignment_submissions(room.module)
        grades = [grade for grade in submission.notebooks[0].grades if grade.auto_score is not None]
        return sum(grade.auto_score for grade in grades), sum(grade.max_score for grade in grades)


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
