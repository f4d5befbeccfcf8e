"""Records what changed, so that the next run can report it even if this one is killed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

# fmt: off
Reason = Literal[
    "notebook", "tests", "versions", "inputs", "again", "retried",
    "person", "handed in", "due date", "extension", "price",
]
# fmt: on

REASONS: Mapping[Reason, str] = {
    "notebook": "the notebook changed",
    "tests": "its tests changed",
    "versions": "the grader, Python, a package or a limit changed",
    "inputs": "other inputs were drawn",
    "again": "you asked to grade it again",
    "retried": "our grader had failed before",
    "person": "a person gave points",
    "handed in": "it was handed in at another time",
    "due date": "the due date changed",
    "extension": "an extension was granted or withdrawn",
    "price": "the penalty or the mark that it's taken from changed",
}
"""As an instructor is told. Learners are told those alone that concern them, on their page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeChange:
    """One mark that is not what it was."""

    student: str
    module: str
    name: str  #: of the exercise or question, or `late`
    before: str
    now: str
    why: tuple[Reason, ...] = ()

    @property
    def told_why(self) -> str:
        """Return the reasons in words; empty where nobody knows."""
        return ", ".join(REASONS[reason] for reason in self.why)


def changes_text(found: Iterable[GradeChange]) -> str:
    """Return changes as text."""
    return json.dumps([asdict(change) for change in found])


def changes_from(text: str) -> tuple[GradeChange, ...]:
    """Read what `changes_text` wrote."""
    return tuple(_change(entry) for entry in json.loads(text))


def _change(entry: dict[str, Any]) -> GradeChange:
    entry["why"] = tuple(entry["why"])
    return GradeChange(**entry)


def note(db: sqlite3.Connection, found: Iterable[GradeChange]) -> None:
    """Add changes. Of two of one mark, the first says what it was, and both say why."""
    for change in found:
        key = [change.student, change.module, change.name]
        query = "SELECT * FROM change WHERE student = ? AND module = ? AND name = ?"
        if first := db.execute(query, key).fetchone():
            known = _from(first)
            why = tuple(dict.fromkeys((*known.why, *change.why)))
            change = replace(change, before=known.before, why=why)
        values = [*key, change.before, change.now, json.dumps(change.why)]
        db.execute("INSERT OR REPLACE INTO change VALUES (?, ?, ?, ?, ?, ?)", values)


def noted(db: sqlite3.Connection) -> Iterator[GradeChange]:
    """Yield the changes, but for those that were taken back."""
    order = "ORDER BY module, name, student"
    return map(_from, db.execute(f"SELECT * FROM change WHERE before != now {order}"))


def _from(row: sqlite3.Row) -> GradeChange:
    return _change({**dict(row), "why": json.loads(row["why"])})


def forget(db: sqlite3.Connection) -> None:
    """Begin anew."""
    db.execute("DELETE FROM change")
