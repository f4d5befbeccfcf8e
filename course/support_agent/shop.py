"""The shop behind the desk: orders, and a ledger of refunds that takes each key once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol, TypedDict


class Order(TypedDict):
    """An order, with what was paid for it in cents."""

    order: str
    customer: str
    item: str
    paid: int
    status: str


class Receipt(TypedDict):
    """A line of the ledger."""

    key: str
    order: str
    cents: int
    receipt: str


class Shop(Protocol):
    """What the desk needs from a shop: these three, over HTTP, SQL or anything else."""

    def find(self, order: str) -> Order | None: ...
    def refunded(self, order: str) -> Receipt | None: ...
    def refund(self, key: str, order: str, cents: int) -> Receipt: ...


class SqliteShop:
    """A shop in one SQLite file, safe for several processes."""

    def __init__(self, path: str | Path) -> None:
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute(
            "create table if not exists orders (order_ primary key, customer, item, paid, status)"
        )
        self._db.execute("create table if not exists ledger (key primary key, order_, cents, receipt)")

    def stock(self, orders: Iterable[Order]) -> None:
        """Add orders; one that's there already stays as it is."""
        rows = [(o["order"], o["customer"], o["item"], o["paid"], o["status"]) for o in orders]
        self._db.executemany("insert or ignore into orders values (?, ?, ?, ?, ?)", rows)

    def find(self, order: str) -> Order | None:
        """Return an order, whoever's it is: the caller has to compare the customer."""
        row = self._db.execute("select * from orders where order_ = ?", (order,)).fetchone()
        return None if row is None else _order(row)

    def refunded(self, order: str) -> Receipt | None:
        """Return the refund of an order, if there's one."""
        row = self._db.execute("select * from ledger where order_ = ?", (order,)).fetchone()
        return None if row is None else _receipt(row)

    def refund(self, key: str, order: str, cents: int) -> Receipt:
        """Pay money back, once for each key: a second call returns the first one's receipt."""
        self._db.execute(
            "insert or ignore into ledger values (?, ?, ?, ?)", (key, order, cents, f"r-{order}")
        )
        return _receipt(self._db.execute("select * from ledger where key = ?", (key,)).fetchone())

    def ledger(self) -> list[Receipt]:
        """Return all refunds, the oldest first."""
        return [_receipt(row) for row in self._db.execute("select * from ledger order by rowid")]


def _order(row: tuple[Any, ...]) -> Order:
    return Order(order=row[0], customer=row[1], item=row[2], paid=row[3], status=row[4])


def _receipt(row: tuple[Any, ...]) -> Receipt:
    return Receipt(key=row[0], order=row[1], cents=row[2], receipt=row[3])
