"""Asks an opened database for the rows of LangGraph's tables; the same questions for SQLite and Postgres."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from timetravel.read.decode import decode

Write = tuple[str, str, str, Any]
"""Task id, task path, channel, value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of `checkpoints`, its state not yet decoded."""

    thread_id: str
    namespace: str
    checkpoint_id: str
    parent_id: str | None
    metadata: Mapping[str, Any]
    kind: str | None
    blob: Any
    count: int = 0  #: of its thread's checkpoints, in the list of threads


_COLUMNS = "thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, metadata, type, checkpoint"
_LAST = (
    "SELECT thread_id AS t, max(checkpoint_id) AS last, count(*) AS n FROM checkpoints"
    " WHERE checkpoint_ns = '' GROUP BY thread_id"
)


class Rows(ABC):
    """The tables of an opened database. Statements are written for SQLite: `?` stands for a value."""

    name: str  #: for titles and messages
    writes_table: ClassVar[str]
    value: ClassVar[str]  #: the column of a write's value

    @abstractmethod
    def run(self, statement: str, values: Sequence[Any] = ()) -> Iterable[tuple[Any, ...]]:
        """Run a `SELECT`."""

    @abstractmethod
    def columns(self, table: str) -> set[str]:
        """The names of a table's columns; none when there is no such table."""

    @abstractmethod
    def states(self, rows: Sequence[Row], *, triggers: bool = False) -> list[Any]:
        """Decode the checkpoints of rows; with `triggers`, no more of them than says which nodes are next."""

    def heads(self) -> list[Row]:
        """The newest checkpoint of each thread, the one written last first."""
        found = self.run(
            f"SELECT {_COLUMNS}, n FROM checkpoints JOIN ({_LAST}) AS heads ON thread_id = t"
            " AND checkpoint_id = last WHERE checkpoint_ns = '' ORDER BY last DESC, thread_id"
        )
        return [_row(*one) for one in found]

    def head_writes(self) -> Mapping[str, list[Write]]:
        """What was written from those checkpoints, by thread; without the values."""
        found: dict[str, list[Write]] = defaultdict(list)
        if not self.columns(self.writes_table):
            return found
        statement = (
            f"SELECT thread_id, task_id, {self._path()}, channel FROM {self.writes_table} JOIN ({_LAST})"
            " AS heads ON thread_id = t AND checkpoint_id = last WHERE checkpoint_ns = ''"
        )
        for thread, task, path, channel in self.run(statement):
            found[str(thread)].append((str(task), str(path), str(channel), None))
        return found

    def checkpoints(self, thread: str, namespace: str, limit: int | None, before: str | None) -> list[Row]:
        """A namespace's rows, oldest first; with a limit the newest, with `before` those with lesser ids."""
        bound, values = ("AND checkpoint_id < ?", (before,)) if before else ("", ())
        most = "" if limit is None else f"LIMIT {limit:d}"
        statement = (
            f"SELECT {_COLUMNS} FROM checkpoints WHERE thread_id = ? AND checkpoint_ns = ? {bound}"
            f" ORDER BY checkpoint_id DESC {most}"
        )
        return [_row(*one) for one in self.run(statement, (thread, namespace, *values))][::-1]

    def inner(self, thread: str, namespace: str, since: str) -> Iterator[Row]:
        """The rows of all other namespaces that begin at `namespace`, oldest first."""
        statement = (
            f"SELECT {_COLUMNS} FROM checkpoints WHERE thread_id = ? AND checkpoint_ns <> ?"
            " AND checkpoint_id >= ? ORDER BY checkpoint_id"
        )
        rows = (_row(*one) for one in self.run(statement, (thread, namespace, since)))
        return (row for row in rows if not namespace or row.namespace.startswith(f"{namespace}|"))

    def writes(self, thread: str, since: str) -> Mapping[tuple[str, str], list[Write]]:
        """All that was written from a thread's checkpoints, by namespace and checkpoint."""
        found: dict[tuple[str, str], list[Write]] = defaultdict(list)
        if not self.columns(self.writes_table):
            return found
        path = self._path()
        statement = (
            f"SELECT checkpoint_ns, checkpoint_id, task_id, {path}, channel, type, {self.value}"
            f" FROM {self.writes_table} WHERE thread_id = ? AND checkpoint_id >= ?"
            f" ORDER BY checkpoint_ns, checkpoint_id, {path}, task_id, idx"
        )
        for space, checkpoint, task, where, channel, kind, value in self.run(statement, (thread, since)):
            write = (str(task), str(where), str(channel), decode(kind, value))
            found[str(space), str(checkpoint)].append(write)
        return found

    def threads(self) -> list[str]:
        """The ids of all threads."""
        return [str(one) for (one,) in self.run("SELECT DISTINCT thread_id FROM checkpoints ORDER BY 1")]

    def namespaces(self, thread: str) -> list[str]:
        """The namespaces of a thread, that of the graph itself (empty) among them."""
        statement = "SELECT DISTINCT checkpoint_ns FROM checkpoints WHERE thread_id = ? ORDER BY 1"
        return [str(one) for (one,) in self.run(statement, (thread,))]

    def ids(self, thread: str, namespace: str) -> list[str]:
        """The ids of a namespace's checkpoints."""
        statement = "SELECT checkpoint_id FROM checkpoints WHERE thread_id = ? AND checkpoint_ns = ?"
        return [str(one) for (one,) in self.run(statement, (thread, namespace))]

    def count(self, thread: str, namespace: str) -> int:
        """How many checkpoints a namespace has."""
        statement = "SELECT count(*) FROM checkpoints WHERE thread_id = ? AND checkpoint_ns = ?"
        return next((int(one) for (one,) in self.run(statement, (thread, namespace))), 0)

    def _path(self) -> str:
        return "task_path" if "task_path" in self.columns(self.writes_table) else "''"  # since 2025


def _row(
    thread: Any,  # noqa: ANN401
    space: Any,  # noqa: ANN401
    id_: Any,  # noqa: ANN401
    parent: Any,  # noqa: ANN401
    metadata: Any,  # noqa: ANN401
    kind: str | None,
    blob: Any,  # noqa: ANN401
    count: int = 0,
) -> Row:
    return Row(
        thread_id=str(thread),
        namespace=str(space),
        checkpoint_id=str(id_),
        parent_id=str(parent) if parent else None,
        metadata=_metadata(metadata),
        kind=kind,
        blob=blob,
        count=count,
    )


def _metadata(text: Any) -> Mapping[str, Any]:  # noqa: ANN401 — text, or what Postgres made of it
    found = text
    if not isinstance(text, Mapping):
        try:
            found = json.loads(text or "{}")
        except (ValueError, RecursionError):  # the oldest savers wrote it with the serializer
            found = decode("msgpack", text)
    return cast("Mapping[str, Any]", found) if isinstance(found, Mapping) else {}
