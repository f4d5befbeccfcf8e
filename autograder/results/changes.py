"""Records what changed, so that the next run can report it even if this one is killed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from autograder.results.graded import GradedSubmission


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeChange:
    """One mark that is not what it was."""

    student: str
    module: str
    name: str  #: of the exercise or question, or `late`
    before: str
    now: str


def changes(before: GradedSubmission, now: GradedSubmission) -> Iterator[GradeChange]:
    """Yield what differs between two gradings of one submission: status or points."""
    old, new = _words(before), _words(now)
    for name in {**old, **new}:  # in the order of the page
        was, is_now = old.get(name, "not there"), new.get(name, "not there")
        if was != is_now:
            yield GradeChange(student=now.student, module=now.module, name=name, before=was, now=is_now)


def _words(row: GradedSubmission) -> Mapping[str, str]:
    words = {e.name: f"{e.status}, {e.earned:g} of {e.points:g}" for e in row.exercises}
    for mark in row.overrides:
        if mark.earned is not None and mark.name in words:
            words[mark.name] += f"; by hand {mark.earned:g}"
    for mark in row.manual:
        words[mark.name] = "to be graded" if mark.earned is None else f"{mark.earned:g} of {mark.points:g}"
    if row.late:
        words["late"] = f"{-row.late:g}"
    return words


def note(db: sqlite3.Connection, found: Iterable[GradeChange]) -> None:
    """Add changes. Of two of one mark, the first says what it was."""
    for change in found:
        key = [change.student, change.module, change.name]
        query = "SELECT before FROM change WHERE student = ? AND module = ? AND name = ?"
        first = db.execute(query, key).fetchone()
        before = first["before"] if first else change.before
        db.execute("INSERT OR REPLACE INTO change VALUES (?, ?, ?, ?, ?)", [*key, before, change.now])


def noted(db: sqlite3.Connection) -> Iterator[GradeChange]:
    """Yield the changes, but for those that were taken back."""
    order = "ORDER BY module, name, student"
    for found in db.execute(f"SELECT * FROM change WHERE before != now {order}"):
        yield GradeChange(**dict(found))


def forget(db: sqlite3.Connection) -> None:
    """Begin anew."""
    db.execute("DELETE FROM change")
