"""Defines a grading job: what goes to a worker, and what comes back.

Both are plain values that can be pickled, so that a worker may be a process here, or on another machine.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from autograder.results.graded import GradedSubmission, Said
from autograder.results.receipt import Receipt
from autograder.results.store import Record
from autograder.sandbox.limits import Limits
from autograder.sandbox.walls.tiers import Tier
from autograder.submissions.entry import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a module is graded with."""

    module: str
    handout: Path  #: the printed notebook
    tests: tuple[Path, ...]  #: public and hidden


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What all submissions of a run are graded with."""

    materials: tuple[Material, ...]
    fingerprints: Mapping[str, Mapping[str, str]]  #: by module and exercise: all but the answer
    seed: int
    limits: Limits | None = None
    tier: Tier | None = None
    config: Path | None = None  #: nbgrader's, which says what lateness costs
    exercises: frozenset[str] = frozenset()  #: judge only these again; none stands for all


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A submission as it was found, beside what is on record of it: to grade, or to print its page again."""

    entry: Entry
    data: bytes = b""  #: the notebook; empty where the entry has a problem
    before: Record | None = None  #: what it got when it was last graded
    said: Mapping[str, Said] = field(default_factory=dict[str, Said])  #: by people, by cell
    seconds_late: float = 0.0
    receipt: Receipt = field(default_factory=Receipt)
    inputs_hash: str = ""  #: of all that its results are made from
    page_hash: str = ""  #: of what else its feedback page is made from
    feedback_only: bool = False  #: nothing that is run has changed
    stale: bool = True  #: false: nothing is to be done
    alone: bool = False  #: once more, with no other beside it: of the time before, others had too much
    lanes: int = 1  #: how many processes may judge it at a time, if it's given no others beside it
    before_run: Record | None = (
        None  #: with `alone`: what it got before this run, which changes are told against
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """What became of a job: the record to keep, and the pages to write before it."""

    entry: Entry
    record: Record
    judged: tuple[str, ...] = ()  #: the exercises that were judged now; the others' results stand
    answers: Mapping[str, str] = field(default_factory=dict[str, str])  #: to questions, by their names
    notebook: bytes | None = None
    feedback: bytes | None = None
    slowed: bool = False  #: something ran out of time because others had it: to be tried once more, alone
    failed: bool = False  #: the grader did, not the submission: no marks are written, and the next run tries
    trace: str = ""  #: tracebacks of our own code, for the log

    @property
    def submission(self) -> GradedSubmission:
        return self.record.submission


class Executor(AbstractContextManager["Executor"], Protocol):
    """What does jobs: processes here, or a cluster. It begins to warm up when it is made."""

    def do(self, jobs: Iterable[Job]) -> Generator[JobResult]:
        """Do all jobs, and yield each result as soon as it is there. A job is not taken before it is needed.

        Raises:
            RuntimeError: no job can be done; the text says why.
        """
        ...
