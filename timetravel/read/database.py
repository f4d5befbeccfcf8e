"""Opens a LangGraph SQLite database read-only.

`SqliteSaver` cannot be used for that: it switches the journal, creates tables and adds columns on first use.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from timetravel.errors import WrongUse

COPY_BYTES = 2 << 30  #: of a database that has to be copied; one that is read where it lies has no such bound
_MAGIC = b"SQLite format 3\x00"
_BESIDE = ("-wal", "-shm", "-journal")
_NO_OTHER_FILE = bytes(16)
"""Goes to the end of a copied journal. There SQLite looks for the name of another file, and deletes that."""

_COLUMNS = frozenset(
    ("thread_id", "checkpoint_ns", "checkpoint_id", "parent_checkpoint_id", "type", "checkpoint", "metadata")
)


@contextmanager
def opened(path: Path, scratch: Path) -> Generator[sqlite3.Connection]:
    """Open a database read-only.

    Raises:
        WrongUse: when there is no such file, or it is no LangGraph database.
    """
    _look(path)
    with closing(_connect(path, scratch)) as connection:
        try:
            connection.execute("PRAGMA trusted_schema = OFF")
            _require_tables(connection, path)
            yield connection
        except sqlite3.DatabaseError as error:
            advice = "restore it from a copy, or try SQLite's `.recover`"
            raise WrongUse(f"`{path}` cannot be read: {error}; {advice}") from error


def _look(path: Path) -> None:
    """Say early, and in words, what SQLite would say late and in its own, or never: a pipe has no end."""
    try:
        if path.is_dir():
            raise WrongUse(f"`{path}` is a folder; give the path of a database file in it")
        found = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        advice = "give the path of the database that the saver writes"
        raise WrongUse(f"`{path}`: no such file; {advice}") from None
    except (OSError, ValueError) as error:  # a ValueError for a name that no file can have
        raise WrongUse(f"`{path}` cannot be opened: {getattr(error, 'strerror', error)}") from error
    with os.fdopen(found, "rb") as file:
        beside = (Path(f"{path}{suffix}") for suffix in _BESIDE)
        if not stat.S_ISREG(os.fstat(found).st_mode) or any(f.exists() and not f.is_file() for f in beside):
            raise WrongUse(f"`{path}` is no ordinary file, or one beside it isn't: give a `SqliteSaver`'s")
        start = file.read(len(_MAGIC))
    if start != _MAGIC:
        what = "is empty" if not start else "is no SQLite database"
        raise WrongUse(f"`{path}` {what}; give the file that a `SqliteSaver` writes")


def _connect(path: Path, scratch: Path) -> sqlite3.Connection:
    """Choose the way to read that writes nothing.

    With no log beside it the file is complete, and `immutable` keeps SQLite from creating one. With a log,
    SQLite must read both: `mode=ro` does, unless it would have to repair first; then a copy is repaired.
    """
    url = f"file:{quote(str(path.resolve()))}"
    if not any(_size(path, suffix) for suffix in ("-wal", "-journal")):
        return sqlite3.connect(f"{url}?mode=ro&immutable=1", uri=True)
    if _size(path, "-shm"):
        try:
            connection = sqlite3.connect(f"{url}?mode=ro", uri=True)
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()
            return connection
        except sqlite3.OperationalError:
            pass
    return _repaired(path, scratch)


def _repaired(path: Path, scratch: Path) -> sqlite3.Connection:
    """Open a copy, which SQLite may repair."""
    names = ("", "-wal", "-journal")
    if sum(_size(path, suffix) for suffix in names) > COPY_BYTES:
        advice = "open it once with the program that wrote it, which repairs it"
        raise WrongUse(f"`{path}` needs a repair, and has more than {COPY_BYTES >> 30} GB: {advice}")
    for suffix in filter(lambda suffix: _size(path, suffix), names):
        with Path(f"{path}{suffix}").open("rb") as file, (scratch / f"copy.db{suffix}").open("wb") as copy:
            shutil.copyfileobj(file, copy, 1 << 20)
            copy.write(_NO_OTHER_FILE if suffix == "-journal" else b"")
    return sqlite3.connect(scratch / "copy.db")


def _size(path: Path, suffix: str) -> int:
    file = Path(f"{path}{suffix}")
    return file.stat().st_size if file.is_file() else 0


def _require_tables(connection: sqlite3.Connection, path: Path) -> None:
    found = columns(connection, "checkpoints")
    for table in ("checkpoints", "writes"):
        if not _is_plain(connection, table):
            advice = "give the file that a `SqliteSaver` writes"
            raise WrongUse(f"`{path}` has `{table}`, but as a view or an expression, not as rows: {advice}")
    if found >= _COLUMNS:
        return
    if found:
        missing = ", ".join(sorted(_COLUMNS - found))
        raise WrongUse(f"`{path}` has a table `checkpoints`, but not LangGraph's: no column {missing}")
    hint = "give the file that a `SqliteSaver` writes; if this is a copy of one, copy its `-wal` file too"
    raise WrongUse(f"`{path}` is no LangGraph database: it has no table `checkpoints`; {hint}")


def _is_plain(connection: sqlite3.Connection, table: str) -> bool:
    """Whether a name that is there stands for rows that somebody wrote.

    A view may be a query without end, a generated column an expression that takes hours. Neither they nor
    virtual tables have a page of their own.
    """
    query = "SELECT rootpage FROM sqlite_master WHERE lower(name) = ? AND type IN ('table', 'view')"
    pages = connection.execute(query, (table,)).fetchall()
    computed = [row for row in connection.execute(f"PRAGMA table_xinfo({table})") if row[6]]
    return all(page for (page,) in pages) and not computed


def columns(connection: sqlite3.Connection, table: str) -> set[str]:
    """The names of a table's columns; none when there is no such table."""
    return {str(row[1]) for row in connection.execute(f"PRAGMA table_info({table})")}
