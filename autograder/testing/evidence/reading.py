"""Reads databases of learners' making, in a process of its own.

Plain `sqlite3` and a strict serializer. What bounds it: processor time for each request, memory, the bytes of
all values and of the reply. A process that runs out of time is ended by the system, wherever it is: SQLite
can't be interrupted while it compiles a schema, nor Python's `re`. Whoever asked starts another one.
"""

from __future__ import annotations

import json
import pickle
import resource
import signal
import socket
import sqlite3
import struct
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autograder.testing.evidence.reader import HEAD, REASON, REPLY_LIMIT, SENTENCE, VALUE
from autograder.testing.evidence.rows import Row, Write
from autograder.testing.evidence.unpacking import unpacked

READ_SECONDS = 2  #: of processor time, for all that a test reads at once
READ_BYTES = 4 << 20  #: of it; a value of one byte takes sixty once it is read
MEMORY_BYTES = 1 << 30  #: of the process's own data
TABLES = ("checkpoints", "writes")


def _threads(path: Path) -> list[str]:
    with _open(path) as db:
        return [name for (name,) in _rows(db, "SELECT DISTINCT thread_id FROM checkpoints ORDER BY 1")]


def _checkpoints(path: Path, thread: str, ns: str = "") -> list[Row]:
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


def _table(path: Path, name: str) -> list[tuple[Any, ...]]:
    with _open(path, (name,), f"table `{name}`", by="program") as db:
        return _rows(db, f'SELECT * FROM "{name}" ORDER BY 1')


def _damage(path: Path) -> str | None:
    with _open(path) as db:
        found = _rows(db, "PRAGMA integrity_check(1)")
    return None if found == [("ok",)] else str(found[0][0])


def _raw_rows(path: Path, thread: str) -> set[tuple[Any, ...]]:
    with _open(path) as db:
        queries = ((table, f"SELECT * FROM {table} WHERE thread_id = ?") for table in TABLES)
        return {(table, *row) for table, query in queries for row in _rows(db, query, thread)}


def _store_items(path: Path) -> dict[tuple[str, str], Any]:
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
    end = time.process_time() + READ_SECONDS
    db.set_progress_handler(lambda: time.process_time() > end, 10_000)
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


ANSWERS: Mapping[str, Callable[..., Any]] = {
    "threads": _threads,
    "checkpoints": _checkpoints,
    "table": _table,
    "damage": _damage,
    "raw_rows": _raw_rows,
    "store_items": _store_items,
}


def serve(line: socket.socket) -> None:
    """Answer requests until the line closes."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # whatever the parent made of it
    with line, line.makefile("rb") as requests:
        while head := requests.read(4):
            words = requests.read(*struct.unpack("!I", head)).decode().split("\0")
            # Python needs some of it to say that the time is up; a loop inside a library gets the signal. Not
            # RLIMIT_CPU: Linux counts that in ticks since the process began, and after 12 s of many short
            # requests they were 1.4 s ahead of `process_time`. A timer counts from here.
            signal.setitimer(signal.ITIMER_PROF, READ_SECONDS + 1)
            kind, data = _answer(*words)
            line.sendall(HEAD.pack(kind, len(data)) + data)


def _answer(what: str, path: str, *given: str) -> tuple[bytes, bytes]:
    try:
        data = pickle.dumps(ANSWERS[what](Path(path), *given), protocol=5)
    except AssertionError as said:
        return SENTENCE, str(said).encode(errors="replace")
    except (MemoryError, RecursionError):
        return REASON, b"it holds too much"
    except Exception as error:  # rows and values of a form that no saver gives them
        return REASON, f"no saver wrote this ({type(error).__name__}: {error})"[:300].encode(errors="replace")
    return (VALUE, data) if len(data) <= REPLY_LIMIT else (REASON, b"it holds too much")


if __name__ == "__main__":
    from autograder.testing.evidence import reading

    reading.serve(socket.socket(fileno=int(sys.argv[1])))
