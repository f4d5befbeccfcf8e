"""Writes a class's marks for people's spreadsheets (`grades.csv`) and for programs (`results.jsonl`)."""

from __future__ import annotations

import csv
import io
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from autograder.gradebook import ManualMark
from autograder.results import SubmissionResult

SCHEMA = 1
"""Of a record in `results.jsonl`. It grows when a field changes its meaning or goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One exercise or question of the class's table."""

    module: str
    name: str
    points: float
    manual: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One submission of the class, with all its marks."""

    result: SubmissionResult
    manual: tuple[ManualMark, ...] = ()

    def marks(self) -> Mapping[tuple[str, str], float | None]:
        """Points by module and name; none where a person has yet to grade."""
        auto: dict[tuple[str, str], float | None] = {
            (self.result.module, exercise.name): exercise.earned for exercise in self.result.exercises
        }
        return auto | {(self.result.module, mark.name): mark.earned for mark in self.manual}


def record(row: Row) -> dict[str, Any]:
    """Return a submission's record, as it stands in `results.jsonl`."""
    result = row.result
    exercises = [
        {
            "name": exercise.name,
            "status": exercise.status,
            "earned": exercise.earned,
            "points": exercise.points,
            "seconds": round(sum(test.seconds for test in exercise.tests), 3),
            "tests": [{**asdict(test), "earned": test.earned} for test in exercise.tests],
        }
        for exercise in result.exercises
    ]
    return {
        "schema": SCHEMA,
        "student": result.student,
        "module": result.module,
        "earned": result.earned,
        "points": result.points,
        "seconds": result.seconds,
        "seed": result.seed,
        "error": result.error,
        "exercises": exercises,
        "manual": [asdict(mark) for mark in row.manual],
    }


def append_record(file: TextIO, row: Row) -> None:
    """Write one record and wait until the disk has it: a crash loses no more than the current submission."""
    file.write(json.dumps(record(row), ensure_ascii=False) + "\n")
    file.flush()
    os.fsync(file.fileno())


def write_csv(path: Path, rows: Iterable[Row], columns: Sequence[Column]) -> None:
    """Write `grades.csv`: a row for each student, a column for each exercise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(as_csv(rows, columns).encode("utf-8-sig", "replace"))  # the mark is for Excel


def as_csv(rows: Iterable[Row], columns: Sequence[Column]) -> str:
    """Return the table. The total is of what has been graded; `to_grade` is what waits for a person."""
    students: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        students[row.result.student].append(row)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    names = [f"{column.module}/{column.name}" for column in columns]
    writer.writerow(["student", *names, "total", "points", "percent", "to_grade", "notes"])
    for student, theirs in sorted(students.items()):
        writer.writerow([_inert(student), *_numbers(theirs, columns), _inert(notes(theirs))])
    return text.getvalue()


def _numbers(rows: Sequence[Row], columns: Sequence[Column]) -> list[str]:
    marks = {place: earned for row in rows for place, earned in row.marks().items()}
    handed_in = {row.result.module for row in rows}
    places = [(column.module, column.name) for column in columns]
    waiting = [
        column.points
        for column, place in zip(columns, places, strict=True)
        if column.manual and column.module in handed_in and marks.get(place) is None
    ]
    total = sum(marks.get(place) or 0.0 for place in places)
    points = sum(column.points for column in columns) - sum(waiting)
    percent = f"{100 * total / points:.1f}" if points else ""
    return [
        *(_number(marks.get(place)) for place in places),
        f"{total:g}",
        f"{points:g}",
        percent,
        f"{sum(waiting):g}",
    ]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def notes(rows: Iterable[Row]) -> str:
    """Return what someone should look at: trouble by exercise, and what is odd about a file."""
    parts: list[str] = []
    for row in rows:
        trouble = [e for e in row.result.exercises if e.status not in {"passed", "failed", "not written"}]
        if {exercise.status for exercise in trouble} != {"unreadable"}:  # the file's own note says that
            parts += [f"{exercise.name}: {exercise.status}" for exercise in trouble]
        parts += [row.result.error] if row.result.error else []
    return "; ".join(parts)


def _inert(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r", "'"} else text
