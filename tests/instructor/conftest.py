"""The tiny course, a class of samples made from it, and that class graded: each made once."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autograder.grading import notebook as notebook_grading
from autograder.grading.job import Job, JobResult, Setup
from autograder.grading.worker import Worker
from autograder.reports.export import Column
from autograder.reports.output_folder import OutputFolder
from autograder.results.graded import GradedSubmission
from autograder.sandbox.zygote import ZygoteClient
from course.authoring import sample_class
from course.authoring.exercise_source import ModuleSource, read_module
from course.paths import Root

TINY = Path(__file__).parent.parent / "data" / "tiny_course"
FLAWS = sample_class.read_flaws(Path(__file__).parent.parent / "data" / "submissions")
MODULE = "01_threads"


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Root:
    folder = tmp_path_factory.mktemp("course") / "tiny"
    shutil.copytree(TINY, folder, ignore=shutil.ignore_patterns(".cache", "__pycache__"))
    return Root(folder)


@pytest.fixture(scope="session")
def source(root: Root) -> ModuleSource:
    return read_module(root, MODULE)


@pytest.fixture(scope="session")
def notebook(root: Root) -> dict[str, Any]:
    return json.loads(root.notebook(MODULE, "exercises").read_text())


@dataclass
class Class:
    """A class that has been graded."""

    out: Any
    rows: dict[str, GradedSubmission]
    columns: list[Column]
    submissions: Path
    seconds: float


@pytest.fixture(scope="session")
def graded(
    root: Root, source: ModuleSource, notebook: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Class]:
    """Every sample there is, honest and not, graded by two processes."""
    folder = tmp_path_factory.mktemp("class")
    for sample in sample_class.samples(notebook, source, FLAWS):
        sample_class.write(sample, folder / "submitted", MODULE)
    started = time.monotonic()
    run = grade(root, folder / "submitted", folder / "out", seed=7, jobs=2)
    yield Class(
        out=run.out,
        rows={row.student: row for row in run.rows},
        columns=run.columns,
        submissions=folder / "submitted",
        seconds=time.monotonic() - started,
    )


class ExecutorHere:
    """Does jobs in this process, with a zygote that was warm already: a start of one takes 2 s."""

    def __init__(self, setup: Setup, zygote: ZygoteClient) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(notebook_grading, "ZygoteClient", lambda **_: nullcontext(zygote))
            self._worker = Worker(setup)

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self._worker.close()

    def do(self, jobs: Iterable[Job]) -> Iterator[JobResult]:
        for job in jobs:
            yield self._worker.do(job)


@pytest.fixture(scope="session")
def here() -> Iterator[Any]:
    """What to grade with, where processes of its own are not what a test is about."""
    from course.instructor.grade_class import usable_tier

    with ZygoteClient(tier=usable_tier()) as zygote:
        yield lambda setup, _processes: ExecutorHere(setup, zygote)


@dataclass
class Graded:
    """What one run did."""

    out: OutputFolder
    fresh: dict[str, GradedSubmission]  #: what was graded now, by student
    unchanged: int
    rows: list[GradedSubmission]  #: all that is on record
    columns: list[Column]
    changes: list[str]
    gone: list[tuple[str, str]]


def grade(root: Root, submitted: Path, out: Path, **wishes: Any) -> Graded:
    """Grade a folder as `course grade` does, in this process."""
    from autograder.executors.local import LocalExecutor
    from autograder.grading.class_run import Grading, Options
    from autograder.submissions.inbox import open_inbox
    from course.instructor.grade_class import materials, usable_tier

    options = Options(**{"executor": LocalExecutor, "tier": usable_tier(), "jobs": 1, **wishes})
    with (
        open_inbox(submitted, [MODULE]) as inbox,
        Grading(inbox, materials(root), OutputFolder(out), options) as grading,
    ):
        fresh = {row.student: row for row in grading.run()}
        grading.finish()
        return Graded(
            out=OutputFolder(out),
            fresh=fresh,
            unchanged=grading.unchanged,
            rows=list(grading.store.submissions()),
            columns=grading.course.columns({MODULE}),
            changes=[f"{c.student} {c.name}: {c.before} → {c.now}" for c in grading.store.changes()],
            gone=list(grading.gone()),
        )
