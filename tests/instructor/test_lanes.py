"""The exercises of a run's last submission are judged side by side, and get what they get one after the other."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.executors.pace import Pace
from autograder.grading.class_run import Grading
from autograder.grading.job import JobResult
from autograder.grading.lanes import Queue
from autograder.grading.notebook import NotebookGrader
from autograder.grading.options import LANES_MORE, Options
from autograder.grading.worker import Worker
from autograder.reports.output_folder import OutputFolder
from autograder.results.graded import GradedSubmission
from autograder.sandbox.limits import Limits
from autograder.submissions.entry import Entry
from autograder.submissions.inbox import open_inbox
from autograder.testing.judge import Judge
from course.authoring import sample_class
from course.authoring.exercise_source import ModuleSource
from course.instructor.grade_class import materials, usable_tier
from course.paths import Root
from tests.support import patience
from tests.support.processes import descendants, wait_until_ended
from tests.support.tiny_course import MODULE

EXERCISES = 2
GIGABYTE = 1 << 30


@pytest.fixture(scope="module")
def grader(root: Root) -> Iterator[NotebookGrader]:
    limits = Limits(cell_seconds=patience.seconds(5))
    with NotebookGrader(materials(root, MODULE), seed=7, limits=limits, tier=usable_tier()) as grader:
        yield grader


@pytest.fixture(scope="module")
def samples(notebook: dict[str, Any], source: ModuleSource) -> list[sample_class.Sample]:
    return list(sample_class.samples(notebook, source, []))


def grade(grader: NotebookGrader, sample: sample_class.Sample, lanes: int) -> GradedSubmission:
    entry = Entry(student=sample.student, module=MODULE, path=Path("exercises.ipynb"))
    return grader.grade(entry, data=sample.data, lanes=lanes)[0]


def told(graded: GradedSubmission) -> list[tuple[str, str, str, str]]:
    return [
        (exercise.name, test.title, test.status, test.message)
        for exercise in graded.exercises
        for test in exercise.tests
    ]


@pytest.mark.slow
def test_every_answer_gets_the_same(grader: NotebookGrader, samples: list[sample_class.Sample]):
    for sample in samples:
        assert told(grade(grader, sample, 3)) == told(grade(grader, sample, 1)), sample.student


def test_each_lane_has_an_exercise_at_the_same_time(
    grader: NotebookGrader,
    samples: list[sample_class.Sample],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    """Each waits until the other has begun: one after the other they'd never get on."""
    run, end = Judge.run, time.monotonic() + patience.seconds(30)

    def meeting(self: Judge, exercise: str, *args: Any, **more: Any):
        (tmp_path / str(os.getpid())).write_text(exercise)
        while len(list(tmp_path.iterdir())) < EXERCISES and time.monotonic() < end:
            time.sleep(0.01)
        return run(self, exercise, *args, **more)

    monkeypatch.setattr(Judge, "run", meeting)
    graded = grade(grader, samples[0], EXERCISES)
    assert len(list(tmp_path.iterdir())) == EXERCISES
    assert graded.auto_earned == graded.auto_points > 0


def test_what_a_lane_took_along_when_it_died_is_judged(
    grader: NotebookGrader, samples: list[sample_class.Sample], monkeypatch: pytest.MonkeyPatch
):
    run, here, begun = Judge.run, os.getpid(), os.pipe()

    def dying(self: Judge, *args: Any, **more: Any):
        if os.getpid() != here:
            os.write(begun[1], b"!")
            os._exit(1)
        os.read(begun[0], 1)  # so it has taken one
        os.write(begun[1], b"!")  # for whatever else is judged here
        return run(self, *args, **more)

    monkeypatch.setattr(Judge, "run", dying)
    graded = grade(grader, samples[0], EXERCISES)
    assert [exercise.status for exercise in graded.exercises] == ["passed"] * EXERCISES


def test_lanes_leave_nothing(root: Root, samples: list[sample_class.Sample]):
    before = descendants(os.getpid())
    with NotebookGrader(materials(root, MODULE), seed=7, tier=usable_tier()) as grader:
        grade(grader, samples[0], EXERCISES)
        left = descendants(os.getpid()) - before
    wait_until_ended(*left)


def test_a_queue_gives_each_name_once():
    names = [f"name {number}" for number in range(200)]
    queue = Queue(names)
    one, other = iter(queue), iter(queue)
    assert [next(one), next(other), *one, *other] == names
    queue.close()


class Machine:
    processors = 2.0

    def idle_processors(self) -> float:
        return 1.0

    def free_bytes(self) -> int:
        return 3 * GIGABYTE


def test_lanes_fit_beside_what_else_is_graded():
    pace = Pace(Machine(), at_most=8, bytes_each=GIGABYTE)  # pyright: ignore[reportArgumentType]
    assert [pace.share(lanes, 1) for lanes in (1, 2, 3, 4)] == [1, 2, 3, 3]
    assert [pace.share(4, running) for running in (1, 2, 3, 4)] == [3, 1, 1, 1]


@pytest.mark.parametrize(("jobs", "last"), [(None, (os.cpu_count() or 1) + LANES_MORE), (1, 1)])
def test_only_the_last_of_a_run_has_lanes(
    root: Root, samples: list[sample_class.Sample], tmp_path: Path, jobs: int | None, last: int
):
    seen: list[int] = []

    class Noting:
        def __init__(self, setup: Any, _: int) -> None:
            self._worker = Worker(setup)

        def __enter__(self):
            return self

        def __exit__(self, *_: object) -> None:
            self._worker.close()

        def do(self, jobs: Any) -> Iterator[JobResult]:
            for job in jobs:
                seen.append(job.lanes)
                yield self._worker.failed(job, "not graded", "")

    for sample in samples[:3]:
        sample_class.write(sample, tmp_path / "submitted", MODULE)
    options = Options(executor=Noting, tier=usable_tier(), jobs=jobs)  # pyright: ignore[reportArgumentType]
    with (
        open_inbox(tmp_path / "submitted", [MODULE]) as inbox,
        Grading(inbox, materials(root), OutputFolder(tmp_path / "out"), options) as grading,
    ):
        assert len(list(grading.run())) == 3
    assert seen == [1, 1, last]
