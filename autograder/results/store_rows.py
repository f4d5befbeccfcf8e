"""Results as the store has them: as JSON, in rows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from autograder.results.graded import ManualMark, Row
from autograder.results.verdicts import ExerciseResult, SubmissionResult, TestResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A submission as it was last graded."""

    row: Row
    keys: Mapping[str, str]  #: by exercise
    texts: Mapping[str, str]
    made: str
    shown: str


_TEST = tuple(field.name for field in fields(TestResult))


def exercise_text(exercise: ExerciseResult) -> str:
    """Return an exercise's result as text."""
    tests = [{name: getattr(test, name) for name in _TEST} for test in exercise.tests]  # asdict copies deeply
    return json.dumps({"name": exercise.name, "tests": tests})


def exercise_from(text: str) -> ExerciseResult:
    """Read what `exercise_text` wrote."""
    data: dict[str, Any] = json.loads(text)
    return ExerciseResult(name=data["name"], tests=tuple(TestResult(**test) for test in data["tests"]))


def exercise_rows(stored: Stored, old: Mapping[str, tuple[Any, ...]], tier: str) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a submission's exercises; `old` has the last columns of those that stay."""
    result = stored.row.result
    for number, exercise in enumerate(result.exercises):
        name, seconds = exercise.name, sum(test.seconds for test in exercise.tests)
        values = old.get(name) or (exercise_text(exercise), result.seed, tier, seconds)
        yield (result.student, result.module, number, name, stored.keys.get(name, ""), *values)


def marks_text(marks: Iterable[ManualMark]) -> str:
    """Return marks that people gave, or have yet to give, as text."""
    return json.dumps([asdict(mark) for mark in marks])


def marks_from(text: str) -> tuple[ManualMark, ...]:
    """Read what `marks_text` wrote."""
    return tuple(ManualMark(**mark) for mark in json.loads(text))


def row_from(found: sqlite3.Row, exercises: Iterable[sqlite3.Row]) -> Row:
    """Read a submission from its row and those of its exercises."""
    result = SubmissionResult(
        student=found["student"],
        module=found["module"],
        exercises=tuple(exercise_from(exercise["result"]) for exercise in exercises),
        seed=found["seed"],
        seconds=found["seconds"],
        error=found["error"],
    )
    manual, overrides = marks_from(found["manual"]), marks_from(found["overrides"])
    return Row(result=result, manual=manual, overrides=overrides, late=found["late"])
