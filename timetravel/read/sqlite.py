"""Reads LangGraph's tables in a SQLite database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from timetravel.read import database
from timetravel.read.decode import decode
from timetravel.read.rows import Row, Rows


class SqliteRows(Rows):
    """The tables as `SqliteSaver` writes them: a checkpoint's row holds its whole state."""

    writes_table = "writes"
    value = "value"

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self.name = name
        self._connection = connection
        connection.execute("BEGIN")  # all that is read is of one moment

    def run(self, statement: str, values: Sequence[Any] = ()) -> Iterable[tuple[Any, ...]]:
        """Run a `SELECT`."""
        return self._connection.execute(statement, tuple(values))

    def columns(self, table: str) -> set[str]:
        """The names of a table's columns."""
        return database.columns(self._connection, table)

    def states(self, rows: Sequence[Row], *, triggers: bool = False) -> list[Any]:
        """Decode the checkpoints of rows."""
        return [decode(row.kind, row.blob) for row in rows]
