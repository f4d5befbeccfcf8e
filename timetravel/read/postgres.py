"""Reads LangGraph's tables in a Postgres database."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from timetravel.errors import WrongUse
from timetravel.read.decode import decode
from timetravel.read.rows import Row, Rows
from timetravel.read.triggers import INTERNAL

if TYPE_CHECKING:
    from psycopg import Connection

_SCHEMES = ("postgresql://", "postgres://")
_PATIENCE = 10  # seconds to wait for a server

Version = tuple[str, str, str, str]
"""Thread, namespace, channel, version: what a value is stored under."""


def is_postgres(where: object) -> bool:
    """Whether a place is the address of a Postgres database."""
    return str(where).startswith(_SCHEMES)


class PostgresRows(Rows):
    """The tables as `PostgresSaver` writes them: a value's row is kept once, under its version."""

    writes_table = "checkpoint_writes"
    value = "blob"

    def __init__(self, connection: Connection[Any], name: str) -> None:
        self.name = name
        self._connection = connection

    def run(self, statement: str, values: Sequence[Any] = ()) -> Iterable[tuple[Any, ...]]:
        """Run a `SELECT`."""
        text = statement.replace("%", "%%").replace("?", "%s")
        return self._connection.execute(cast("Any", text), tuple(values))

    def columns(self, table: str) -> set[str]:
        """The names of a table's columns, wherever the search path finds it."""
        statement = "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(?) AND attnum > 0"
        return {str(name) for (name,) in self.run(statement, (table,))}

    def states(self, rows: Sequence[Row], *, triggers: bool = False) -> list[Any]:
        """Put the values back into the checkpoints of rows."""
        blobs = self._blobs({row.thread_id for row in rows}, rows, triggers=triggers)
        return [_whole(row, blobs) for row in rows]

    def _blobs(self, threads: set[str], rows: Sequence[Row], *, triggers: bool) -> Mapping[Version, Any]:
        wanted = {version for row in rows for version in _versions(row)}
        some = (
            " AND (channel LIKE 'join:%' OR channel IN ('__pregel_tasks', '__start__'))" if triggers else ""
        )
        found = self.run(
            "SELECT thread_id, checkpoint_ns, channel, version, type, blob FROM checkpoint_blobs"
            f" WHERE thread_id = ANY(?) AND version = ANY(?){some}",
            (list(threads), list({version for *_, version in wanted})),
        )
        return {
            (str(thread), str(space), str(channel), str(version)): decode(kind, blob)
            for thread, space, channel, version, kind, blob in found
            if kind != "empty" and (str(thread), str(space), str(channel), str(version)) in wanted
        }


def _versions(row: Row) -> list[Version]:
    whole = cast("Mapping[str, Any]", row.blob if isinstance(row.blob, Mapping) else {})
    named = whole.get("channel_versions")
    pairs = cast("Mapping[str, Any]", named if isinstance(named, Mapping) else {}).items()
    return [(row.thread_id, row.namespace, channel, str(version)) for channel, version in pairs]


def _whole(row: Row, blobs: Mapping[Version, Any]) -> Any:  # noqa: ANN401
    if not isinstance(row.blob, Mapping):
        return row.blob
    whole = cast("Mapping[str, Any]", row.blob)
    inline = cast("Mapping[str, Any]", whole.get("channel_values") or {})
    apart = {version[2]: blobs[version] for version in _versions(row) if version in blobs}
    order = sorted({*inline, *apart}, key=lambda name: (name.startswith(INTERNAL), name))
    return {**whole, "channel_values": {name: apart.get(name, inline.get(name)) for name in order}}


@contextmanager
def opened(address: str) -> Generator[PostgresRows]:
    """Open a Postgres database in one transaction that may not write.

    Raises:
        WrongUse: when there is no such server or database, or LangGraph never wrote to it.
    """
    try:
        import psycopg
    except ImportError as error:
        raise WrongUse("reading Postgres takes psycopg: `pip install 'psycopg[binary]'`") from error
    try:
        with psycopg.connect(address, connect_timeout=_PATIENCE) as connection:
            connection.read_only = True
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            rows = PostgresRows(connection, connection.info.dbname)
            if not rows.columns("checkpoints") >= {"checkpoint_ns", "checkpoint"}:
                hint = (
                    "run `setup()` of a `PostgresSaver` once, or name the schema in the address's `options`"
                )
                raise WrongUse(f"database `{rows.name}` has no table `checkpoints` of LangGraph's; {hint}")
            yield rows
            connection.rollback()
    except psycopg.Error as error:
        said = str(error).strip().partition("\n")[0]
        raise WrongUse(f"this Postgres database cannot be read: {said}") from error
