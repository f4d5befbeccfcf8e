"""Opens nbgrader's gradebook: a SQLite file, or a database server."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any


class GradebookError(Exception):
    """The gradebook cannot be opened. Its text says which, without its password, and why."""


def opened(api: Any, where: Path | str) -> tuple[Any, str]:  # noqa: ANN401 — nbgrader has no types
    """Open a gradebook; return it, and where it is without its password.

    Raises:
        GradebookError: it cannot be opened.
    """
    from sqlalchemy import event
    from sqlalchemy.exc import SQLAlchemyError

    api.get_alembic_version = schema_version
    url = database_url(where)
    shown: str = url.render_as_string(hide_password=True)
    try:
        book = api.Gradebook(url)
    except (SQLAlchemyError, ImportError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise GradebookError(f"the gradebook {shown} cannot be opened: {reason}") from None
    if url.get_backend_name() == "sqlite":
        event.listen(book.engine, "connect", _for_many_writes)
        book.db.remove()
        book.engine.dispose()  # what is open already would not hear of it
    return book, shown


def schema_version() -> str:
    """What nbgrader calls its schema: the last of its migrations. It asks a process of its own: 2 s."""
    package = find_spec("nbgrader")
    assert package and package.submodule_search_locations
    folder = Path(package.submodule_search_locations[0]) / "alembic" / "versions"
    texts = [path.read_text("utf-8") for path in folder.glob("*.py")]
    links = {
        kind: {m for text in texts for m in _linked(kind, text)} for kind in ("revision", "down_revision")
    }
    (head,) = links["revision"] - links["down_revision"]
    return head


def _linked(kind: str, text: str) -> list[str]:
    return re.findall(rf"^{kind} = ['\"](\w+)['\"]", text, re.MULTILINE)


def database_url(where: Path | str) -> Any:  # noqa: ANN401 — SQLAlchemy is imported late
    """Return where a gradebook is, as SQLAlchemy takes it: with a driver that is installed.

    Raises:
        GradebookError: it is no URL.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    if isinstance(where, Path):
        where.parent.mkdir(parents=True, exist_ok=True)
        return make_url(f"sqlite:///{where.resolve()}")
    try:
        url = make_url(where)
    except ArgumentError:  # it may hold a password: it is not repeated
        raise GradebookError("that is no URL of a database: see --help") from None
    if url.drivername in {"postgres", "postgresql"} and not find_spec("psycopg2"):
        return url.set(drivername="postgresql+psycopg")  # ours; SQLAlchemy would look for its elder
    return url


def _for_many_writes(connection: Any, _record: object) -> None:  # noqa: ANN401 — a driver's own
    """Make each commit quick, and safe against a killed process; wait while formgrader writes.

    The cache, in KB, is kept small: it would grow with the class, and the system has the file in its own.
    """
    for pragma in (
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "busy_timeout = 30000",
        "cache_size = -512",
    ):
        connection.execute(f"PRAGMA {pragma}")


def naive(when: datetime | None) -> datetime | None:
    """nbgrader keeps times in UTC, and does not say so."""
    return when.astimezone(UTC).replace(tzinfo=None) if when else None
