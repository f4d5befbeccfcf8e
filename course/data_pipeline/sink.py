"""Keeps what was priced and what can't be, each record once, in SQLite."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SCHEMA = """
create table if not exists priced (id text primary key, sku text, quantity integer, cents integer);
create table if not exists quarantine (place text primary key, reason text, raw text);
create table if not exists calls (stage text, ms real, outcome text, records integer);
"""


@dataclass(frozen=True)
class Priced:
    """An order and its price."""

    id: str
    sku: str
    quantity: int
    cents: int


@dataclass(frozen=True)
class Rejected:
    """A line that can't be priced: where it is, why, and the line itself."""

    place: str
    reason: str
    raw: str


class Sink:
    """One connection for all threads of a process, and one transaction for each part."""

    def __init__(self, path: str | Path) -> None:
        self._db = sqlite3.connect(path, timeout=30, check_same_thread=False)
        self._db.execute("pragma journal_mode = wal")
        self._db.executescript(_SCHEMA)
        self._lock = threading.Lock()

    def keep(self, good: Iterable[Priced], bad: Iterable[Rejected] = ()) -> None:
        """Keep a part's records. Those that are there already are replaced, so a part may come again."""
        with self._lock, self._db:
            self._db.executemany(
                "insert or replace into priced values (?, ?, ?, ?)",
                [(each.id, each.sku, each.quantity, each.cents) for each in good],
            )
            self._db.executemany(
                "insert or replace into quarantine values (?, ?, ?)",
                [(each.place, each.reason, each.raw) for each in bad],
            )

    def note(self, stage: str, ms: float, outcome: str, records: int) -> None:
        """Note one call. It's on disk when this returns, so a kill can't lose it."""
        with self._lock, self._db:
            self._db.execute("insert into calls values (?, ?, ?, ?)", (stage, ms, outcome, records))

    def close(self) -> None:
        """Close the connection."""
        self._db.close()


def rows(path: str | Path, query: str, *given: object) -> list[tuple[Any, ...]]:
    """Ask a sink's file from outside."""
    with closing(sqlite3.connect(path, timeout=30)) as db:
        return db.execute(query, given).fetchall()
