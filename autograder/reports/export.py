"""Exports the marks of a class as `grades.csv` and `results.jsonl`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

from autograder.reports.atomic_write import replace_lines
from autograder.results.graded import Column as Column
from autograder.results.graded import GradedSubmission
from autograder.results.roster import Person, Roster

NOBODY = Roster()

ABSENT = "handed in nothing"
UNCLEAR = "nothing is known to be theirs: several people have this name, or the system hides names"

SCHEMA = 3
"""Of a record in `results.jsonl`. It grows when a field changes its meaning or goes."""


def record(graded: GradedSubmission) -> dict[str, Any]:
    """Return a submission's record, as it stands in `results.jsonl`."""
    exercises = [
        {
            "name": exercise.name,
            "status": exercise.status,
            "earned": exercise.earned,
            "points": exercise.points,
            "seconds": round(sum(test.seconds for test in exercise.tests), 3),
            "tests": [{**asdict(test), "earned": test.earned} for test in exercise.tests],
        }
        for exercise in graded.exercises
    ]
    return {
        "schema": SCHEMA,
        "student": graded.student,
        "module": graded.module,
        **totals(graded),
        "by_tests": {"earned": graded.auto_earned, "points": graded.auto_points},
        "seconds": graded.seconds,
        "seed": graded.seed,
        "error": graded.error,
        "exercises": exercises,
        "manual": [asdict(mark) for mark in graded.manual],
        "overrides": [asdict(mark) for mark in graded.overrides],
        "receipt": asdict(graded.receipt),
        "changes": [asdict(change) for change in graded.changes],
    }


def totals(graded: GradedSubmission) -> dict[str, Any]:
    """Return a submission's mark: it's provisional for as long as points wait."""
    return {
        "earned": graded.earned,
        "points": graded.points,
        "waiting": graded.waiting,
        "provisional": graded.waiting > 0,
        "late": graded.late,
    }


def write_records(path: Path, rows: Iterable[GradedSubmission]) -> None:
    """Write `results.jsonl`: a line for each submission."""
    replace_lines(path, (json.dumps(record(row), ensure_ascii=False) + "\n" for row in rows))


def write_csv(
    path: Path, rows: Iterable[GradedSubmission], columns: Sequence[Column], roster: Roster = NOBODY
) -> None:
    """Write `grades.csv`: a line for each student, a column for each exercise. `rows` come by student."""
    replace_lines(path, csv_lines(rows, columns, roster), encoding="utf-8-sig")  # the mark is for Excel


def csv_lines(
    rows: Iterable[GradedSubmission], columns: Sequence[Column], roster: Roster = NOBODY
) -> Iterator[str]:
    """Yield the table. Totals are of all that there is to earn, and provisional as long as points wait.

    Whoever is on the roster and handed in nothing comes last.
    """
    names = [f"{column.module}/{column.name}" for column in columns]
    who = ["student", "name", "email", "section"] if roster.people else ["student"]
    yield csv_line([*who, *names, "late", "total", "points", "percent", "to_grade", "mark", "notes"])
    there: list[str] = []
    first: dict[str, str] = {}
    for student, group in groupby(rows, key=lambda row: row.student):
        theirs, person = list(group), roster.person(student)
        there.append(student)
        odd = [notes(theirs)]
        if person and (other := first.setdefault(person.id, student)) != student:
            odd.append(f"by the roster, the same person as `{other}`")
        told = "; ".join(filter(None, odd))
        yield csv_line([*_who(student, person, roster), *_numbers(theirs, columns), inert(told)])
    for people, note in ((roster.missing(there), ABSENT), (roster.unclear(there), UNCLEAR)):
        for person in people:
            yield csv_line([*_who(person.id, person, roster), *_numbers([], columns), note])


def _who(student: str, person: Person | None, roster: Roster) -> list[str]:
    known = person or Person(id=student)
    cells = (student, known.name, known.email, known.section) if roster.people else (student,)
    return [inert(cell) for cell in cells]


def csv_line(cells: Sequence[str], *, quote_all: bool = False) -> str:
    """Return a line of a table, as spreadsheets read it."""
    text = io.StringIO()
    quoting = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    csv.writer(text, lineterminator="\r\n", quoting=quoting).writerow(cells)
    return text.getvalue()


def _numbers(rows: Sequence[GradedSubmission], columns: Sequence[Column]) -> list[str]:
    marks = {place: earned for row in rows for place, earned in row.marks().items()}
    total, waiting = sum(row.earned for row in rows), sum(row.waiting for row in rows)
    points = sum(column.points for column in columns)
    return [
        *(_number(marks.get((column.module, column.name))) for column in columns),
        f"{sum(row.late for row in rows):g}",
        f"{total:g}",
        f"{points:g}",
        f"{100 * total / points:.1f}" if points else "",
        f"{waiting:g}",
        "provisional" if waiting else "final",
    ]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def notes(rows: Iterable[GradedSubmission]) -> str:
    """Return what someone should look at: trouble by exercise, and what is odd about a file."""
    parts: list[str] = []
    for row in rows:
        trouble = [e for e in row.exercises if e.status not in {"passed", "failed", "not written"}]
        if {exercise.status for exercise in trouble} != {"unreadable"}:  # the file's own note says that
            parts += [f"{exercise.name}: {exercise.status}" for exercise in trouble]
        parts += [row.error] if row.error else []
    return "; ".join(parts)


def inert(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r", "'"} else text
