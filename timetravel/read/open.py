"""Opens a database by its path or address."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from timetravel.read import database, postgres
from timetravel.read.rows import Rows
from timetravel.read.sqlite import SqliteRows

Where = Path | str
"""The path of a SQLite file, or the address of a Postgres database."""


@contextmanager
def opened(where: Where, scratch: Path) -> Generator[Rows]:
    """Open a database read-only; what is read until it is closed is of one moment.

    A SQLite file that needs a repair is copied to `scratch` first.

    Raises:
        WrongUse: when it is not there, or no database of LangGraph's.
    """
    if postgres.is_postgres(where):
        with postgres.opened(str(where)) as rows:
            yield rows
        return
    path = Path(where)
    with database.opened(path, scratch) as connection:
        yield SqliteRows(connection, path.name)


def shown(where: Where) -> str:
    """A database's name for messages; the address of a Postgres database may hold a password."""
    return "the Postgres database" if postgres.is_postgres(where) else f"`{where}`"


def list_name(where: Where) -> str:
    """A database's name for titles."""
    return "Postgres" if postgres.is_postgres(where) else Path(where).name
