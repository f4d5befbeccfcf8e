"""Opens SQLite so that SqliteStore can search by meaning, on any Python.

SqliteStore loads the extension sqlite-vec for one function, `vec_distance_cosine`. Many builds of Python have
a `sqlite3` that can't load extensions, so this connection answers with the function written in Python.
"""

from __future__ import annotations

import math
import sqlite3
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self


class WholeCursor(sqlite3.Cursor):
    """A cursor whose `executemany` saves all its rows or none, on a connection that commits each statement.

    SqliteSaver saves a task's result by one `executemany`, a row a channel. Row by row, a kill in the middle
    leaves a part. The next run takes that for the whole: the task doesn't run again, and the rest is lost.
    """

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Self:
        """Run a statement for each of these: within the running transaction, else in one of its own."""
        if self.connection.in_transaction:
            return super().executemany(sql, parameters)
        self.execute("begin immediate")
        try:
            super().executemany(sql, parameters)
        except BaseException:
            self.connection.rollback()
            raise
        self.connection.commit()
        return self


class VecConn(sqlite3.Connection):
    """A connection on which "load sqlite-vec" defines the distance functions in Python."""

    def cursor(  # pyright: ignore[reportIncompatibleMethodOverride]  # of its overloads, this is what's called
        self, factory: type[sqlite3.Cursor] = WholeCursor
    ) -> sqlite3.Cursor:
        """Return a cursor that saves many rows as one."""
        return super().cursor(factory)

    def enable_load_extension(self, enable: bool, /) -> None:
        """Do nothing: no extension is loaded."""

    def load_extension(self, name: str, /, *, entrypoint: str | None = None) -> None:
        """Define what SqliteStore takes from sqlite-vec."""
        self.create_function("vec_distance_cosine", 2, _cosine, deterministic=True)
        self.create_function("vec_distance_L2", 2, _euclidean, deterministic=True)


def connect(path: str | Path) -> VecConn:
    """Open a SQLite file for a SqliteStore or a SqliteSaver.

    SqliteStore begins its own transactions (hence `isolation_level=None`), and graphs run nodes in threads
    (hence `check_same_thread=False`). Give a saver and a store a connection each: on a shared one their
    transactions collide. Deleted rows stay in the file, as in most builds of SQLite (Debian's wipes them).
    """
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, factory=VecConn)
    connection.execute("pragma secure_delete = off")
    return connection


def _numbers(blob: bytes) -> tuple[float, ...]:
    return struct.unpack(f"{len(blob) // 4}f", blob)


def _cosine(one: bytes, other: bytes) -> float:
    a, b = _numbers(one), _numbers(other)
    if len(a) != len(b):
        raise ValueError(
            f"vectors of {len(a)} and {len(b)} numbers have no distance: the embedder has changed"
        )
    lengths = math.hypot(*a) * math.hypot(*b)
    return 1.0 - (sum(x * y for x, y in zip(a, b, strict=True)) / lengths if lengths else 0.0)


def _euclidean(one: bytes, other: bytes) -> float:
    return math.dist(_numbers(one), _numbers(other))
