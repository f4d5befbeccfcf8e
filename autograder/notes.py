"""Notes in the store what has changed, so that also a run that was killed is told of."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

from autograder.changes import Change


def note(db: sqlite3.Connection, found: Iterable[Change]) -> None:
    """Add changes. Of two of one mark, the first says what it was."""
    for change in found:
        key = [change.student, change.module, change.name]
        query = "SELECT before FROM change WHERE student = ? AND module = ? AND name = ?"
        first = db.execute(query, key).fetchone()
        before = first["before"] if first else change.before
        db.execute("INSERT OR REPLACE INTO change VALUES (?, ?, ?, ?, ?)", [*key, before, change.now])


def noted(db: sqlite3.Connection) -> Iterator[Change]:
    """Yield the changes, but for those that were taken back."""
    order = "ORDER BY module, name, student"
    for found in db.execute(f"SELECT * FROM change WHERE before != now {order}"):
        yield Change(**dict(found))


def forget(db: sqlite3.Connection) -> None:
    """Begin anew."""
    db.execute("DELETE FROM change")
