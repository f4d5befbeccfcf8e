"""What ran out of time because others had the processors is no verdict: it's tried once more, alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Generator, Iterable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from autograder.executors.local import LocalExecutor
from autograder.grading.job import Job, JobResult, Setup
from autograder.sandbox.limits import Limits
from autograder.sandbox.zygote_client import ZygoteClient
from course.authoring import sample_class
from course.authoring.exercise_source import ModuleSource
from course.paths import Root
from tests.support import patience
from tests.support.grading import Graded, grade
from tests.support.processes import descendants
from tests.support.tiny_course import MODULE

pytestmark = pytest.mark.slow

SECONDS = patience.seconds(1)  #: of a cell
CROWD = 4  #: each in a session of its own, as a submission is: Linux deals out time by session first
WORKS = f"""
import time
while time.process_time() < {SECONDS * 2 / 5}:
    pass
"""
"""It needs two fifths of its time. In a crowd it gets a fifth of a processor, or less."""
BURNS = "while True: pass"
WAITS = """
import threading
lock = threading.Lock()
lock.acquire()
lock.acquire()
"""


class Crowded(LocalExecutor):
    """Grades on one processor with a crowd of others, but for what is tried alone."""

    alone: list[str]

    def __init__(self, setup: Setup, at_most: int) -> None:
        self._others, self._before, Crowded.alone = ExitStack(), {*descendants(os.getpid())}, []
        allowed = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {min(allowed)})
        try:
            super().__init__(setup, at_most)
            for _ in range(CROWD):
                other = subprocess.Popen([sys.executable, "-S", "-c", BURNS], start_new_session=True)
                self._others.callback(other.wait)
                self._others.callback(other.kill)
        finally:
            os.sched_setaffinity(0, allowed)

    def do(self, jobs: Iterable[Job]) -> Generator[JobResult]:
        def noted() -> Generator[Job]:
            for job in jobs:
                if job.alone:
                    self._others.close()
                    first_in_line(*{*descendants(os.getpid())} - self._before)
                    Crowded.alone.append(job.entry.student)
                yield job

        yield from super().do(noted())

    def close(self) -> None:
        self._others.close()
        super().close()


def first_in_line(*pids: int) -> None:
    """Let processes, and those that they fork, run before all others: what else the machine does is no matter."""
    for pid in pids:
        with suppress(OSError):  # it has ended, or we aren't root
            os.sched_setscheduler(pid, os.SCHED_RR, os.sched_param(1))


def hand_in(folder: Path, right: sample_class.Sample, student: str, cell: str) -> None:
    """Hand in the right answers, one of them below lines of one's own."""
    data = json.loads(right.data)
    for found in data["cells"]:
        if found["metadata"].get("nbgrader", {}).get("grade_id") == "read_thread_answer":
            found["source"] = cell + "".join(found["source"])
    target = folder / student / MODULE
    target.mkdir(parents=True)
    (target / "exercises.ipynb").write_text(json.dumps(data))


@pytest.fixture(scope="module")
def graded(
    root: Root, source: ModuleSource, notebook: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Graded:
    folder = tmp_path_factory.mktemp("slowed")
    right = next(sample_class.samples(notebook, source, []))
    for student, cell in (("works", WORKS), ("burns", BURNS), ("waits", WAITS)):
        hand_in(folder / "submitted", right, student, f"{cell}\n")
    limits = Limits(cell_seconds=SECONDS)
    with pytest.MonkeyPatch.context() as patch:  # a zygote that was warm already may use all processors
        patch.setattr("autograder.grading.notebook.ZygoteClient", ZygoteClient)
        return grade(root, folder / "submitted", folder / "out", executor=Crowded, limits=limits, seed=3)


def status(graded: Graded, student: str) -> list[str]:
    return [exercise.status for exercise in graded.fresh[student].exercises]


def test_what_was_slowed_gets_its_points_alone(graded: Graded):
    assert status(graded, "works") == ["passed", "passed"]
    read = graded.fresh["works"].exercises[1]
    assert {test.attempts for test in read.tests} == {2}
    assert {test.attempts for test in graded.fresh["works"].exercises[0].tests} == {1}


def test_what_has_no_end_has_none_alone(graded: Graded):
    assert status(graded, "burns") == ["passed", "timed out"]
    assert status(graded, "waits") == ["passed", "timed out"]


def test_what_waits_for_itself_is_not_tried_again(graded: Graded):
    assert sorted(Crowded.alone) == ["burns", "works"]


def test_the_record_and_the_page_say_so(graded: Graded):
    records = map(json.loads, graded.out.results.read_text().splitlines())
    tries = {
        found["student"]: [test["attempts"] for exercise in found["exercises"] for test in exercise["tests"]]
        for found in records
    }
    assert 2 in tries["works"] and 2 in tries["burns"] and 2 not in tries["waits"]
    said = "first ran out of time while the grading machine was busy"
    pages = {name: (graded.out.path / "feedback" / name).rglob("*.html") for name in tries}
    told = {name: "".join(page.read_text() for page in found).count(said) for name, found in pages.items()}
    assert told == {"works": 1, "burns": 1, "waits": 0}


def test_nothing_is_left_to_do_and_nothing_has_changed(graded: Graded):
    assert graded.changes == []
    assert not any(row.error for row in graded.rows)
