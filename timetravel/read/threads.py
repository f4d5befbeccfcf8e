"""Lists the threads of an opened database, and reads the records of one."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

from timetravel.errors import WrongUse
from timetravel.model.history import History
from timetravel.model.tree import build
from timetravel.read.checkpoints import Raw, record
from timetravel.read.database import columns, opened
from timetravel.read.decode import decode
from timetravel.read.thread import Thread

Writes = dict[str, list[tuple[str, str, str, Any]]]


def list_threads(path: Path, *, scratch: Path) -> list[Thread]:
    """List a database's threads, the one written last first."""
    with opened(path, scratch) as connection:
        rows = connection.execute(
            "SELECT thread_id, n, metadata, type, checkpoint FROM checkpoints JOIN ("
            "SELECT thread_id AS t, max(checkpoint_id) AS last, count(*) AS n FROM checkpoints"
            " WHERE checkpoint_ns = '' GROUP BY thread_id) ON thread_id = t AND checkpoint_id = last"
            " WHERE checkpoint_ns = '' ORDER BY last DESC, thread_id"
        )
        return [_thread(*row) for row in rows]


def _thread(thread_id: object, count: int, metadata: bytes | str | None, kind: str, blob: bytes) -> Thread:
    checkpoint = decode(kind, blob)
    moment = cast("Mapping[str, Any]", checkpoint).get("ts") if isinstance(checkpoint, Mapping) else ""
    step = _metadata(metadata).get("step")
    return Thread(
        thread_id=str(thread_id),
        checkpoints=count,
        step=step if isinstance(step, int) else None,
        created_at=str(moment or ""),
    )


def read_history(
    path: Path, thread_id: str, namespace: str = "", limit: int | None = None, *, scratch: Path
) -> History:
    """Read one thread's history.

    Raises:
        WrongUse: when the database cannot be read or holds no such thread.
    """
    with opened(path, scratch) as connection:
        rows = connection.execute(
            "SELECT checkpoint_id, parent_checkpoint_id, metadata, type, checkpoint FROM checkpoints"
            " WHERE thread_id = ? AND checkpoint_ns = ? ORDER BY checkpoint_id DESC LIMIT ?",
            (thread_id, namespace, -1 if limit is None else limit + 1),
        ).fetchall()
        if not rows:
            raise WrongUse(_no_such(connection, path, thread_id, namespace))
        writes = _writes(connection, thread_id, namespace)
        inner = _namespaces(connection, thread_id)
    records = [record(_raw(row, tuple(writes[row[0]]), inner)) for row in reversed(rows)]
    return build(records, thread_id=thread_id, namespace=namespace, where=path.name, limit=limit)


def _raw(
    row: tuple[Any, ...], writes: tuple[tuple[str, str, str, Any], ...], inner: Mapping[str, str]
) -> Raw:
    return Raw(
        checkpoint_id=str(row[0]),
        parent_id=row[1] or None,
        metadata=_metadata(row[2]),
        checkpoint=decode(row[3], row[4]),
        writes=writes,
        namespaces=inner,
    )


def _metadata(text: bytes | str | None) -> Mapping[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:  # the oldest savers wrote it with the serializer
        found = decode("msgpack", text)
    return cast("Mapping[str, Any]", found) if isinstance(found, Mapping) else {}


def _writes(connection: sqlite3.Connection, thread_id: str, namespace: str) -> Writes:
    found: Writes = defaultdict(list)
    names = columns(connection, "writes")
    if not names:
        return found
    path = "task_path" if "task_path" in names else "''"  # since 2025
    query = (
        f"SELECT checkpoint_id, task_id, {path}, channel, type, value FROM writes"
        f" WHERE thread_id = ? AND checkpoint_ns = ? ORDER BY checkpoint_id, {path}, task_id, idx"
    )
    for checkpoint, task, where, channel, kind, value in connection.execute(query, (thread_id, namespace)):
        found[checkpoint].append((str(task), str(where), str(channel), decode(kind, value)))
    return found


def _namespaces(connection: sqlite3.Connection, thread_id: str) -> dict[str, str]:
    """Which task's subgraph keeps its checkpoints where: `name:TASK`, and `outer:TASK|inner:TASK` below."""
    query = "SELECT DISTINCT checkpoint_ns FROM checkpoints WHERE thread_id = ? AND checkpoint_ns <> ''"
    names = (str(name) for (name,) in connection.execute(query, (thread_id,)))
    return {name.rpartition(":")[2]: name for name in names}


def _no_such(connection: sqlite3.Connection, path: Path, thread_id: str, namespace: str) -> str:
    rows = connection.execute("SELECT DISTINCT thread_id FROM checkpoints ORDER BY 1")
    known = [str(row[0]) for row in rows]
    if thread_id in known:
        return f"`{path}`: thread `{thread_id}` has no checkpoints in namespace `{namespace}`"
    if not known:
        return f"`{path}` holds no thread yet: run a graph on it first"
    near = get_close_matches(thread_id, known, n=3, cutoff=0.5)
    offer = "did you mean" if near else "it has"
    names = ", ".join(f"`{name}`" for name in near or known[:5])
    more = "" if near or len(known) <= 5 else f" and {len(known) - 5:,} more"
    return f"`{path}` has no thread `{thread_id}`; {offer} {names}{more}{'?' if near else ''}"
