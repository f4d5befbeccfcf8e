"""Converts graded submissions to rows of `results.db`, and back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from autograder.results.changes import changes_from
from autograder.results.graded import GradedSubmission, ManualMark
from autograder.results.receipt import Receipt
from autograder.results.verdicts import ExerciseResult, TestResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A submission as it was last graded, and by what that can be told to be out of date."""

    submission: GradedSubmission
    fingerprints: Mapping[str, str]  #: by exercise: of all that its result rests on
    answer_hashes: Mapping[str, str]  #: by cell: of each text of the learner's
    inputs_hash: str  #: of all that the results are made from; empty if they are to be made again
    page_hash: str  #: of what else the feedback page is made from; empty if it is to be made again


_TEST = tuple(field.name for field in fields(TestResult))


def exercise_text(exercise: ExerciseResult) -> str:
    """Return an exercise's result as text."""
    tests = [{name: getattr(test, name) for name in _TEST} for test in exercise.tests]  # asdict copies deeply
    return json.dumps({"name": exercise.name, "tests": tests})


def exercise_from(text: str) -> ExerciseResult:
    """Read what `exercise_text` wrote."""
    data: dict[str, Any] = json.loads(text)
    return ExerciseResult(name=data["name"], tests=tuple(TestResult(**test) for test in data["tests"]))


def exercise_rows(record: Record, old: Mapping[str, tuple[Any, ...]], tier: str) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a submission's exercises; `old` has the last columns of those that stay."""
    result = record.submission
    for number, exercise in enumerate(result.exercises):
        name, seconds = exercise.name, sum(test.seconds for test in exercise.tests)
        values = old.get(name) or (exercise_text(exercise), result.seed, tier, seconds)
        yield (result.student, result.module, number, name, record.fingerprints.get(name, ""), *values)


def marks_text(marks: Iterable[ManualMark]) -> str:
    """Return marks that people gave, or have yet to give, as text."""
    return json.dumps([asdict(mark) for mark in marks])


def marks_from(text: str) -> tuple[ManualMark, ...]:
    """Read what `marks_text` wrote."""
    return tuple(ManualMark(**mark) for mark in json.loads(text))


def receipt_text(receipt: Receipt) -> str:
    """Return a receipt as text."""
    return json.dumps(asdict(receipt))


def receipt_from(text: str) -> Receipt:
    """Read what `receipt_text` wrote."""
    return Receipt(**json.loads(text))


def submission_from(found: sqlite3.Row, exercises: Iterable[sqlite3.Row]) -> GradedSubmission:
    """Read a submission from its row and those of its exercises."""
    return GradedSubmission(
        student=found["student"],
        module=found["module"],
        exercises=tuple(exercise_from(exercise["result"]) for exercise in exercises),
        seed=found["seed"],
        seconds=found["seconds"],
        error=found["error"],
        manual=marks_from(found["manual"]),
        overrides=marks_from(found["overrides"]),
        late=found["late"],
        receipt=receipt_from(found["receipt"]),
        changes=changes_from(found["changed"]),
    )
