"""Grades a class of the tiny course: in this process, or by the command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autograder.executors.local import LocalExecutor
from autograder.grading import notebook
from autograder.grading.class_run import Grading
from autograder.grading.job import Job, JobResult, Setup
from autograder.grading.options import Options
from autograder.grading.worker import Worker
from autograder.reports.export import Column
from autograder.reports.output_folder import OutputFolder
from autograder.results.graded import GradedSubmission
from autograder.sandbox.zygote_client import ZygoteClient
from autograder.submissions.inbox import open_inbox
from course.instructor.grade_class import materials, usable_tier
from course.paths import Root
from tests.support.tiny_course import MODULE

COURSE = Path(sys.executable).parent / "course"


class ExecutorHere:
    """Does jobs in this process, with a zygote that was warm already: a start of one takes 2 s."""

    def __init__(self, setup: Setup, zygote: ZygoteClient) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(notebook, "ZygoteClient", lambda **_: nullcontext(zygote))
            self._worker = Worker(setup)

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self._worker.close()

    def do(self, jobs: Iterable[Job]) -> Iterator[JobResult]:
        for job in jobs:
            yield self._worker.do(job)


@dataclass
class Class:
    """A class that has been graded."""

    out: OutputFolder
    rows: dict[str, GradedSubmission]
    columns: list[Column]
    submissions: Path


@dataclass
class Graded:
    """What one run did."""

    out: OutputFolder
    fresh: dict[str, GradedSubmission]  #: what was graded now, by student
    unchanged: int
    reprinted: int  #: how many of the fresh ones were not run
    rows: list[GradedSubmission]  #: all that is on record
    columns: list[Column]
    changes: list[str]
    gone: list[tuple[str, str]]


def grade(root: Root, submitted: Path, out: Path, *, students: Collection[str] = (), **wishes: Any) -> Graded:
    """Grade a folder as `course grade` does, in this process."""
    options = Options(**{"executor": LocalExecutor, "tier": usable_tier(), "jobs": 1, **wishes})
    with (
        open_inbox(submitted, [MODULE]) as inbox,
        Grading(
            inbox.of(students) if students else inbox, materials(root), OutputFolder(out), options
        ) as grading,
    ):
        fresh = {row.student: row for row in grading.run()}
        grading.finish()
        return Graded(
            out=OutputFolder(out),
            fresh=fresh,
            unchanged=grading.unchanged,
            reprinted=grading.reprinted,
            rows=list(grading.store.submissions()),
            columns=grading.course.columns({MODULE}),
            changes=[f"{c.student} {c.name}: {c.before} → {c.now}" for c in grading.store.changes()],
            gone=list(grading.gone()),
        )


def command(root: Root, folder: Path, *words: str) -> subprocess.Popen[str]:
    """Start the `course` command in a folder."""
    return subprocess.Popen(
        [str(COURSE), *words],
        cwd=folder,
        env={**os.environ, "COURSE_ROOT": str(root.path), "NO_COLOR": "1", "COLUMNS": "80"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
