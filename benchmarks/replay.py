"""Executors for measuring: one that keeps what it did, and one that has done everything already."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import AbstractContextManager
from dataclasses import replace

from autograder.executors.local import LocalExecutor
from autograder.grading.job import Done, Job


class Replay(AbstractContextManager["Replay"]):
    """A executor that has done everything already."""

    def __init__(self, done: Done) -> None:
        self._done = done

    def __exit__(self, *_: object) -> None:
        pass

    def do(self, jobs: Iterable[Job]) -> Generator[Done]:
        for job in jobs:
            result = replace(self._done.row.result, student=job.entry.student)
            yield replace(self._done, entry=job.entry, row=replace(self._done.row, result=result))


class Kept(LocalExecutor):
    """A executor of which the last job, and what became of it, are kept."""

    last: tuple[Job, Done]

    def do(self, jobs: Iterable[Job]) -> Generator[Done]:
        sent: dict[str, Job] = {}
        for done in super().do(sent.setdefault(job.entry.student, job) for job in jobs):
            Kept.last = sent.pop(done.entry.student), done
            yield done
