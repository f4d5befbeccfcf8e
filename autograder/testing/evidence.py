"""Reads checkpoints that a learner's code left in a SQLite database, from outside.

The judge reads with plain `sqlite3` and a strict serializer: a database made by learners' code must not
choose which classes the trusted process builds, nor how long it reads. Values of unknown classes arrive as
plain data; messages of LangChain arrive as messages. The tables are those of langgraph-checkpoint-sqlite 3.1.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.testing.unpacking import unpacked

READ_SECONDS = 5.0  #: for all that a test reads at once
READ_BYTES = 4 << 20  #: of it; a value of one byte takes sixty once it is read
TABLES = ("checkpoints", "writes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """What one task wrote to one channel, saved before the next checkpoint."""

    task_id: str
    channel: str
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One checkpoint of a thread."""

    id: str
    parent_id: str | None
    step: int
    source: str  #: input, loop, update or fork
    metadata: dict[str, Any]
    values: dict[str, Any]  #: channel → value
    writes: tuple[Write, ...]


def threads(path: Path) -> list[str]:
    """Return the ids of the threads in a database, in alphabetical order."""
    with _open(path) as db:
        return [name for (name,) in _rows(db, "SELECT DISTINCT thread_id FROM checkpoints ORDER BY 1")]


def checkpoints(path: Path, thread: str, ns: str = "") -> list[Row]:
    """Return the checkpoints of a thread, oldest first.

    Raises:
        AssertionError: `path` is no LangGraph database; the text is for the learner.
    """
    with _open(path) as db:
        writes: dict[str, list[Write]] = {}
        query = "SELECT checkpoint_id, task_id, channel, type, value FROM writes"
        where = " WHERE thread_id = ? AND checkpoint_ns = ?"
        for id, task, channel, kind, value in _rows(db, f"{query}{where} ORDER BY task_id, idx", thread, ns):
            writes.setdefault(id, []).append(
                Write(task_id=task, channel=channel, value=unpacked(kind, value))
            )
        query = "SELECT checkpoint_id, parent_checkpoint_id, type, checkpoint, metadata FROM checkpoints"
        rows = _rows(db, f"{query}{where} ORDER BY checkpoint_id", thread, ns)
        return [_row(row, tuple(writes.get(row[0], ()))) for row in rows]


def table(path: Path, name: str) -> list[tuple[Any, ...]]:
    """Return the rows of a plain table in a database that is not LangGraph's, in the order of their keys.

    `name` comes from the test, never from the learner.

    Raises:
        AssertionError: `path` is no database with such a table; the text is for the learner.
    """
    with _open(path, (name,), f"table `{name}`", by="program") as db:
        return _rows(db, f'SELECT * FROM "{name}" ORDER BY 1')


def damage(path: Path) -> str | None:
    """Return the first thing that is wrong with the pages of a checkpoint database; `None` if it is whole.

    Raises:
        AssertionError: `path` is no LangGraph database; the text is for the learner.
    """
    with _open(path) as db:
        found = _rows(db, "PRAGMA integrity_check(1)")
    return None if found == [("ok",)] else str(found[0][0])


def raw_rows(path: Path, thread: str) -> set[tuple[Any, ...]]:
    """Return all that a database holds of a thread, byte for byte: a row is its table's name and its columns.

    What stands in one such set and not in a later one was changed or deleted in between.

    Raises:
        AssertionError: `path` is no LangGraph database; the text is for the learner.
    """
    with _open(path) as db:
        queries = ((table, f"SELECT * FROM {table} WHERE thread_id = ?") for table in TABLES)
        return {(table, *row) for table, query in queries for row in _rows(db, query, thread)}


def store_items(path: Path) -> dict[tuple[str, str], Any]:
    """Return the items of a `SqliteStore`: (namespace joined by dots, key) → value.

    Raises:
        AssertionError: `path` is no such database; the text is for the learner.
    """
    with _open(path, ("store",), "items of a store", by="store") as db:
        rows = _rows(db, "SELECT prefix, key, value FROM store ORDER BY prefix, key")
        return {(prefix, key): json.loads(value) for prefix, key, value in rows}


def _rows(db: sqlite3.Connection, query: str, *given: str) -> list[tuple[Any, ...]]:
    """Return what a query finds, while it is not too much."""
    rows, size = list[tuple[Any, ...]](), 0
    for row in db.execute(query, given):
        size += 100 + sum(len(value) for value in row if isinstance(value, str | bytes))
        if size > READ_BYTES:
            raise sqlite3.DatabaseError(f"it holds more than {READ_BYTES >> 20} MB")
        rows.append(row)
    return rows


def _row(row: tuple[Any, ...], writes: tuple[Write, ...]) -> Row:
    id, parent, kind, blob, metadata = row
    known: dict[str, Any] = json.loads(metadata)
    return Row(
        id=id,
        parent_id=parent or None,
        step=known.get("step", -1),
        source=known.get("source", ""),
        metadata=known,
        values=unpacked(kind, blob)["channel_values"],
        writes=writes,
    )


@contextmanager
def _open(
    path: Path, tables: tuple[str, ...] = TABLES, what: str = "checkpoints of LangGraph", by: str = "saver"
) -> Generator[sqlite3.Connection]:
    """Open a copy of a learner's database, which may have been made to catch whoever reads it."""
    db = sqlite3.connect(path, timeout=5)
    end = time.monotonic() + READ_SECONDS
    db.set_progress_handler(lambda: time.monotonic() > end, 10_000)
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, READ_BYTES)
    try:
        db.execute("PRAGMA trusted_schema = OFF")
        db.execute("PRAGMA cell_size_check = ON")
        if not all(_is_plain(db, name) for name in tables):
            raise sqlite3.DatabaseError(f"{' and '.join(f'`{name}`' for name in tables)}: no plain tables")
        yield db
    except (sqlite3.DatabaseError, ValueError) as error:
        raise AssertionError(f"`{path.name}` holds no {what} ({error}): is a {by} writing to it?") from None
    finally:
        db.close()


def _is_plain(db: sqlite3.Connection, table: str) -> bool:
    """Whether a name stands for rows that somebody wrote.

    A view could be a query without end, a generated column an expression that takes hours, and a virtual
    table runs code of SQLite's that was not made for other people's files. SQLite itself is asked which it
    is: the text of a schema can say the same thing in many ways.
    """
    kinds = db.execute("SELECT type FROM pragma_table_list WHERE lower(name) = ?", (table,)).fetchall()
    hidden = db.execute("SELECT 1 FROM pragma_table_xinfo(?) WHERE hidden", (table,)).fetchall()
    return kinds == [("table",)] and not hidden
