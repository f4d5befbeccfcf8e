"""Opens a LangGraph SQLite database read-only.

`SqliteSaver` cannot be used for that: it switches the journal, creates tables and adds columns on first use.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from timetravel.errors import WrongUse

_MAGIC = b"SQLite format 3\x00"
_COLUMNS = frozenset(
    ("thread_id", "checkpoint_ns", "checkpoint_id", "parent_checkpoint_id", "type", "checkpoint", "metadata")
)


@contextmanager
def opened(path: Path) -> Generator[sqlite3.Connection]:
    """Open a database read-only.

    Raises:
        WrongUse: when there is no such file, or it is no LangGraph database.
    """
    _look(path)
    with (
        tempfile.TemporaryDirectory(prefix="timeline-") as scratch,
        closing(_connect(path, Path(scratch))) as connection,
    ):
        try:
            _require_tables(connection, path)
            yield connection
        except sqlite3.DatabaseError as error:
            advice = "restore it from a copy, or try SQLite's `.recover`"
            raise WrongUse(f"`{path}` cannot be read: {error}; {advice}") from error


def _look(path: Path) -> None:
    """Say early, and in words, what SQLite would say late and in its own."""
    if not path.exists():
        raise WrongUse(f"`{path}`: no such file; give the path of the database that the saver writes")
    if path.is_dir():
        raise WrongUse(f"`{path}` is a folder; give the path of a database file in it")
    try:
        with path.open("rb") as file:
            start = file.read(len(_MAGIC))
    except OSError as error:
        raise WrongUse(f"`{path}` cannot be opened: {error.strerror}") from error
    if start != _MAGIC:
        what = "is empty" if not start else "is no SQLite database"
        raise WrongUse(f"`{path}` {what}; give the file that a `SqliteSaver` writes")


def _connect(path: Path, scratch: Path) -> sqlite3.Connection:
    """Choose the way to read that writes nothing.

    With no log beside it the file is complete, and `immutable` keeps SQLite from creating one. With a log,
    SQLite must read both: `mode=ro` does, unless it would have to repair first; then a copy is repaired.
    """
    url = f"file:{quote(str(path.resolve()))}"
    if not any(_has_content(path, suffix) for suffix in ("-wal", "-journal")):
        return sqlite3.connect(f"{url}?mode=ro&immutable=1", uri=True)
    if _has_content(path, "-shm"):
        try:
            connection = sqlite3.connect(f"{url}?mode=ro", uri=True)
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()
            return connection
        except sqlite3.OperationalError:
            pass
    for suffix in ("", "-wal", "-journal"):
        if _has_content(path, suffix):
            shutil.copyfile(f"{path}{suffix}", scratch / f"copy.db{suffix}")
    return sqlite3.connect(scratch / "copy.db")


def _has_content(path: Path, suffix: str) -> bool:
    file = Path(f"{path}{suffix}")
    return file.is_file() and file.stat().st_size > 0


def _require_tables(connection: sqlite3.Connection, path: Path) -> None:
    found = columns(connection, "checkpoints")
    if found >= _COLUMNS:
        return
    if found:
        missing = ", ".join(sorted(_COLUMNS - found))
        raise WrongUse(f"`{path}` has a table `checkpoints`, but not LangGraph's: no column {missing}")
    hint = "give the file that a `SqliteSaver` writes; if this is a copy of one, copy its `-wal` file too"
    raise WrongUse(f"`{path}` is no LangGraph database: it has no table `checkpoints`; {hint}")


def columns(connection: sqlite3.Connection, table: str) -> set[str]:
    """The names of a table's columns; none when there is no such table."""
    return {str(row[1]) for row in connection.execute(f"PRAGMA table_info({table})")}
