"""What a learner's code left behind in a checkpoint database, read from outside.

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
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer


READ_SECONDS = 5.0  #: for all that a test reads at once
VALUE_BYTES = 64 << 20  #: of one value


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
        return [name for (name,) in db.execute("SELECT DISTINCT thread_id FROM checkpoints ORDER BY 1")]


def checkpoints(path: Path, thread: str, ns: str = "") -> list[Row]:
    """Return the checkpoints of a thread, oldest first.

    Raises:
        AssertionError: `path` is no LangGraph database; the text is for the learner.
    """
    with _open(path) as db:
        writes: dict[str, list[Write]] = {}
        query = "SELECT checkpoint_id, task_id, channel, type, value FROM writes"
        where = " WHERE thread_id = ? AND checkpoint_ns = ?"
        for id, task, channel, kind, value in db.execute(
            f"{query}{where} ORDER BY task_id, idx", (thread, ns)
        ):
            writes.setdefault(id, []).append(Write(task_id=task, channel=channel, value=_value(kind, value)))
        query = "SELECT checkpoint_id, parent_checkpoint_id, type, checkpoint, metadata FROM checkpoints"
        rows = db.execute(f"{query}{where} ORDER BY checkpoint_id", (thread, ns)).fetchall()
        return [_row(row, tuple(writes.get(row[0], ()))) for row in rows]


def _row(row: tuple[str, str | None, str, bytes, bytes], writes: tuple[Write, ...]) -> Row:
    id, parent, kind, blob, metadata = row
    known: dict[str, Any] = json.loads(metadata)
    return Row(
        id=id,
        parent_id=parent or None,
        step=known.get("step", -1),
        source=known.get("source", ""),
        metadata=known,
        values=_value(kind, blob)["channel_values"],
        writes=writes,
    )


@contextmanager
def _open(path: Path) -> Generator[sqlite3.Connection]:
    """Open a copy of a learner's database, which may have been made to catch whoever reads it."""
    db = sqlite3.connect(path, timeout=5)
    end = time.monotonic() + READ_SECONDS
    db.set_progress_handler(lambda: time.monotonic() > end, 10_000)
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, VALUE_BYTES)
    try:
        db.execute("PRAGMA trusted_schema = OFF")
        # A view could be a query without end, and a generated column what nobody has written.
        kinds = db.execute("SELECT type, sql FROM sqlite_master WHERE name IN ('checkpoints', 'writes')")
        if any(kind != "table" or "generated" in sql.lower() for kind, sql in kinds):
            raise sqlite3.DatabaseError("`checkpoints` and `writes` are no plain tables")
        yield db
    except sqlite3.DatabaseError as error:
        raise AssertionError(
            f"`{path.name}` holds no checkpoints of LangGraph ({error}): is a saver writing to it?"
        ) from None
    finally:
        db.close()


def _value(kind: str, blob: bytes) -> Any:  # noqa: ANN401 — any value of a channel
    return _serializer().loads_typed((kind, blob))


@cache
def _serializer() -> JsonPlusSerializer:
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

    return JsonPlusSerializer(allowed_msgpack_modules=None)
