"""Lists the threads of a database, and reads the history of one."""

from __future__ import annotations

import time
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from timetravel.errors import WrongUse
from timetravel.model.history import History, Record
from timetravel.model.nest import nest, title
from timetravel.model.tree import state_of
from timetravel.model.values import full
from timetravel.model.words import standing
from timetravel.read.checkpoints import Raw, record
from timetravel.read.open import Where, opened, shown
from timetravel.read.rows import Row, Rows, Write
from timetravel.read.settle import PAUSE, settled
from timetravel.read.thread import Thread

_USERS = ("user_id", "user", "langgraph_auth_user_id")


def list_threads(where: Where, find: str = "", *, scratch: Path) -> list[Thread]:
    """List a database's threads, the one written last first.

    Args:
        where: the path of a SQLite file, or the address of a Postgres database.
        find: only those that have this text in their id, their status, or their newest state or metadata.
    """
    found = _list(where, find.casefold(), scratch)
    if any(thread.status == "half-committed" for thread in found):
        time.sleep(PAUSE)  # a thread that runs looks half-committed for a moment
        return _list(where, find.casefold(), scratch)
    return found


def _list(where: Where, sought: str, scratch: Path) -> list[Thread]:
    with opened(where, scratch) as rows:
        heads, writes = rows.heads(), rows.head_writes()
        states = rows.states(heads, triggers=not sought)
        found: list[Thread] = []
        for row, state in zip(heads, states, strict=True):
            newest = _record(row, state, writes.get(row.thread_id, ()))
            thread = _thread(row, newest)
            if not sought or sought in _text(thread, newest).casefold():
                found.append(thread)
        return found


def _text(thread: Thread, newest: Record) -> str:
    parts = (
        thread.thread_id,
        standing(thread.status),
        thread.user,
        full(newest.metadata),
        full(newest.values),
    )
    return "\n".join(parts)


def _thread(row: Row, newest: Record) -> Thread:
    users = (row.metadata.get(name) for name in _USERS)
    return Thread(
        thread_id=row.thread_id,
        checkpoints=row.count,
        step=newest.step,
        created_at=newest.created_at,
        status=state_of(newest.tasks),
        user=next((str(user) for user in users if user), ""),
    )


def read_history(
    where: Where,
    thread_id: str,
    namespace: str = "",
    limit: int | None = None,
    before: str | None = None,
    *,
    scratch: Path,
) -> History:
    """Read one thread's history, with those of its subgraphs.

    Args:
        where: the path of a SQLite file, or the address of a Postgres database.
        thread_id: the thread.
        namespace: a subgraph's, to read that alone; the names of its nodes will do where they are enough.
        limit: read only that many checkpoints, the newest.
        before: the end of a checkpoint's id; only what is older is read.

    Raises:
        WrongUse: when the database cannot be read or holds no such thread.
    """
    return settled(lambda: _read(where, thread_id, namespace, limit, before, scratch))


def _read(
    where: Where, thread_id: str, namespace: str, limit: int | None, before: str | None, scratch: Path
) -> History:
    with opened(where, scratch) as rows:
        namespace = _namespace(rows, where, thread_id, namespace)
        bound = _whole_id(rows, thread_id, namespace, before) if before else None
        own = rows.checkpoints(thread_id, namespace, None if limit is None else limit + 1, bound)
        since = own[0].checkpoint_id if own else ""
        found = {namespace: own}
        for row in rows.inner(thread_id, namespace, since) if own else ():
            found.setdefault(row.namespace, []).append(row)
        flat = [row for some in found.values() for row in some]
        writes = rows.writes(thread_id, since)
        records: dict[str, list[Record]] = {space: [] for space in found}
        spaces = {space.rpartition(":")[2]: space for space in found if ":" in space}
        for row, state in zip(flat, rows.states(flat), strict=True):
            some = writes.get((row.namespace, row.checkpoint_id), ())
            records[row.namespace].append(_record(row, state, some, spaces))
        total = rows.count(thread_id, namespace) if limit is not None or bound else 0
        name = rows.name
    return nest(records, thread_id=thread_id, namespace=namespace, where=name, limit=limit, total=total)


def _record(
    row: Row, state: object, writes: Sequence[Write], namespaces: dict[str, str] | None = None
) -> Record:
    return record(
        Raw(
            checkpoint_id=row.checkpoint_id,
            parent_id=row.parent_id,
            metadata=row.metadata,
            checkpoint=state,
            writes=tuple(writes),
            namespaces=namespaces or {},
        )
    )


def _namespace(rows: Rows, where: Where, thread_id: str, asked: str) -> str:
    """The namespace that was meant: itself, or the only one whose nodes have these names."""
    known = rows.namespaces(thread_id)
    if asked in known:
        return asked
    if not known:
        raise WrongUse(_no_such(rows.threads(), where, thread_id))
    fit = [one for one in known if title(one) == asked] if asked else []
    if len(fit) == 1:
        return fit[0]
    some = fit or [one for one in known if one]
    names = ", ".join(f"`{one}`" for one in some[:5]) or "none but the graph's own"
    more = f" and {len(some) - 5:,} more" if len(some) > 5 else ""
    what = "several namespaces with these names" if fit else f"no checkpoints in namespace `{asked}`"
    raise WrongUse(f"{shown(where)}: thread `{thread_id}` has {what}; it has {names}{more}")


def _whole_id(rows: Rows, thread_id: str, namespace: str, end: str) -> str:
    fit = [one for one in rows.ids(thread_id, namespace) if one.endswith(end.lstrip("…"))]
    if len(fit) == 1:
        return fit[0]
    what = f"{len(fit)} checkpoints whose ids end" if fit else "no checkpoint whose id ends"
    raise WrongUse(f"thread `{thread_id}` has {what} in `{end}`; give more of the id, or all of it")


def _no_such(known: list[str], where: Where, thread_id: str) -> str:
    if not known:
        return f"{shown(where)} holds no thread yet: run a graph on it first"
    near = get_close_matches(thread_id, known, n=3, cutoff=0.5)
    offer = "did you mean" if near else "it has"
    names = ", ".join(f"`{name}`" for name in near or known[:5])
    more = "" if near or len(known) <= 5 else f" and {len(known) - 5:,} more"
    return f"{shown(where)} has no thread `{thread_id}`; {offer} {names}{more}{'?' if near else ''}"
