"""A zygote that is begun before anything is known of the run: it is used, and it never stays."""

from __future__ import annotations

import json
import multiprocessing

import pytest

from autograder import worker
from autograder.crew import LocalCrew
from autograder.entry import Entry
from autograder.headstart import head_start
from autograder.isolation.tiers import Tier
from autograder.job import Job, Setup
from autograder.limits import Limits
from autograder.syllabus import read_prints
from course.grading import materials
from tests.support import processes
from tests.support.tiny_course import MODULE

TIER = Tier(name="A")


@pytest.fixture
def start():
    with head_start(Limits()) as start:
        assert start
        yield start


def test_what_nobody_took_is_gone():
    with head_start(Limits()) as start:
        pid, scratch = start.launched.pid, start.scratch
        assert processes.runs(pid)
        assert scratch.is_dir()
    assert not processes.runs(pid)
    assert not scratch.exists()
    assert not start.group or not any(folder.exists() for folder in start.group.folders)


def test_the_first_marker_takes_it(start, root, notebook, tmp_path, monkeypatch):
    def none(*_, **__):
        raise AssertionError("another zygote was begun")

    monkeypatch.setattr(worker, "begin", none)  # the marker is forked from here, and inherits this
    found = tuple(materials(root, MODULE))
    prints = {m.module: read_prints(m, Limits()).exercises for m in found}
    setup = Setup(materials=found, prints=prints, seed=1, tier=TIER, start=start)
    path = tmp_path / "exercises.ipynb"
    path.write_text(json.dumps(notebook))
    job = Job(entry=Entry(student="ada", module=MODULE, path=path), data=path.read_bytes())
    with LocalCrew(setup, 1) as crew:
        [done] = crew.do([job])
    assert {exercise.status for exercise in done.row.result.exercises} == {"not written"}  # it was run


def test_it_ends_with_the_marker_that_took_it(start):
    setup = Setup(materials=(), prints={}, seed=1, tier=TIER, start=start)
    others = multiprocessing.active_children()
    with LocalCrew(setup, 1):
        [marker] = set(multiprocessing.active_children()) - set(others)
        marker.kill()
        processes.wait_until_ended(start.launched.pid)
