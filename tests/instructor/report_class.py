"""Classes for the tests of `course report`, put straight into a graded folder: no grader need run for most of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from autograder.reports.output_folder import OutputFolder
from autograder.results.graded import GradedSubmission, ManualMark
from autograder.results.roster import Person, Roster
from autograder.results.store import Record, Store
from autograder.results.verdicts import ExerciseResult, TestResult
from autograder.sandbox.outcomes import Status

MODULE = "01_threads"
EXERCISES = ("compile_with_checkpointer", "read_thread")
FORGOT = "the graph forgot its first run: pass checkpointer= to compile()"


@dataclass(kw_only=True)
class Learner:
    """What became of one learner's notebook: a status and a message for each exercise, which has two tests."""

    student: str
    statuses: tuple[Status, ...] = ("passed", "passed")
    messages: tuple[str, ...] = ("", "")
    module: str = MODULE
    question: float | None = 0.0  #: none while it waits for a person
    error: str = ""
    late: float = 0.0
    overrides: Mapping[str, float] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)

    def row(self) -> GradedSubmission:
        exercises = tuple(
            ExerciseResult(name=name, tests=_tests(status, message))
            for name, status, message in zip(EXERCISES, self.statuses, self.messages, strict=True)
        )
        return GradedSubmission(
            student=self.student,
            module=self.module,
            exercises=exercises,
            seed=1,
            error=self.error,
            manual=(ManualMark(name="why_it_forgot", points=2, earned=self.question),),
            overrides=tuple(ManualMark(name=n, points=3, earned=e) for n, e in self.overrides.items()),
            late=self.late,
        )


def _tests(status: Status, message: str) -> tuple[TestResult, ...]:
    """An easy test, which a failed answer passes, and a hard one."""
    easy: Status = "passed" if status == "failed" else status
    return (
        TestResult(title="The easy part.", points=1, hidden=False, status=easy),
        TestResult(title="The hard part.", points=2, hidden=True, status=status, message=message),
    )


def write_class(folder: Path, learners: Iterable[Learner], people: Iterable[Person] = ()) -> OutputFolder:
    """Put a class on record, as `course grade` leaves it."""
    out = OutputFolder(folder)
    with Store(out.store) as store:
        store.roster(Roster(people=tuple(people)) if people else None)
        for learner in learners:
            row = learner.row()
            record = Record(submission=row, fingerprints={}, answer_hashes={}, inputs_hash="", page_hash="")
            store.keep(record, judged=EXERCISES, tier="a")
            if learner.answers:
                write_answers(out, learner)
    return out


def write_answers(out: OutputFolder, learner: Learner) -> None:
    cells = [
        {
            "cell_type": "code",
            "source": code,
            "metadata": {"nbgrader": {"grade_id": f"{name}_answer", "solution": True}},
        }
        for name, code in learner.answers.items()
    ]
    path = out.autograded_of(learner.student, learner.module)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
