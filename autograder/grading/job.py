"""The unit of work: a submission to grade, as it goes to a marker, and what comes back.

Both are plain values that can be pickled, so that a marker may be a process, or another machine.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from autograder.results.graded import Row, Said
from autograder.results.verdicts import SubmissionResult
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
    prints: Mapping[str, Mapping[str, str]]  #: by module and exercise: all but the answer
    seed: int
    limits: Limits | None = None
    tier: Tier | None = None
    config: Path | None = None  #: nbgrader's, which says what lateness costs


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A submission to grade, or to print feedback of again."""

    entry: Entry
    data: bytes = b""  #: the notebook; empty where the entry has a problem
    before: SubmissionResult | None = None  #: what it got when it was last graded
    keys: Mapping[str, str] = field(default_factory=dict[str, str])  #: of those results, by exercise
    said: Mapping[str, Said] = field(default_factory=dict[str, Said])  #: by people, by cell
    seconds_late: float = 0.0
    feedback_only: bool = False  #: nothing that is run has changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of a job."""

    entry: Entry
    row: Row
    judged: tuple[str, ...] = ()  #: the exercises that were judged now; the others' results stand
    keys: Mapping[str, str] = field(default_factory=dict[str, str])
    stands: bool = True  #: false when the grader failed, not the submission: to be graded again next time
    answers: Mapping[str, str] = field(default_factory=dict[str, str])  #: to questions, by their names
    texts: Mapping[str, str] = field(default_factory=dict[str, str])  #: a hash of each text of the learner's
    notebook: bytes | None = None
    feedback: bytes | None = None


class Executor(AbstractContextManager["Executor"], Protocol):
    """What does jobs: processes here, or a cluster. It begins to warm up when it is made."""

    def do(self, jobs: Iterable[Job]) -> Generator[Done]:
        """Do all jobs, and yield each as soon as it is done. A job is not looked for before it is needed.

        Raises:
            RuntimeError: no job can be done; the text says why.
        """
        ...
