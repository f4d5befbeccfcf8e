"""Opens the file `results.db`, creates its tables, and refuses files that are not ours."""

from __future__ import annotations

import sqlite3
from pathlib import Path

SCHEMA = "1"
"""Grows when a table changes its meaning."""

TABLES = """
CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE submission (
    student TEXT, module TEXT,
    made TEXT NOT NULL,     -- a hash of all that it was graded from
    shown TEXT NOT NULL,    -- a hash of what else its feedback page was made from
    texts TEXT NOT NULL,    -- hashes of the learner's answers, as JSON
    error TEXT NOT NULL, manual TEXT NOT NULL, overrides TEXT NOT NULL, late REAL NOT NULL,
    seed INTEGER NOT NULL, seconds REAL NOT NULL, tier TEXT NOT NULL, at TEXT NOT NULL,
    receipt TEXT NOT NULL DEFAULT '{}', changed TEXT NOT NULL DEFAULT '[]',
    PRIMARY KEY (student, module)
) WITHOUT ROWID;
CREATE TABLE exercise (
    student TEXT, module TEXT, place INTEGER, name TEXT NOT NULL,
    key TEXT NOT NULL,      -- what its result rests on; empty where it does not stand
    result TEXT NOT NULL, seed INTEGER NOT NULL, tier TEXT NOT NULL, seconds REAL NOT NULL,
    PRIMARY KEY (student, module, place)
) WITHOUT ROWID;
CREATE TABLE change (
    student TEXT, module TEXT, name TEXT, before TEXT NOT NULL, now TEXT NOT NULL,
    why TEXT NOT NULL DEFAULT '[]',
    PRIMARY KEY (student, module, name)
) WITHOUT ROWID;
"""

NEWER = (("submission", "receipt", "{}"), ("submission", "changed", "[]"), ("change", "why", "[]"))
"""Columns that files of earlier versions lack, with what they say there."""

OF_THE_MACHINE = {
    *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN),
    *(sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY),
}
"""What is no fault of the file's: a full disk, say. In an error's code, the lower byte says which."""

REMEDY = "name another folder with --out, or move the file away and grade all again"


class StoreError(Exception):
    """`results.db` cannot be used. Its text says why, and what to do."""


def open_file(path: Path) -> sqlite3.Connection:
    """Open the file, and make it if there is none.

    Raises:
        StoreError: it is no record of ours, or of another version.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        db = sqlite3.connect(path, isolation_level=None)
        db.row_factory = sqlite3.Row
        # In this mode a killed process loses nothing; only a machine that loses its power might.
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA cache_size = -256")  # KB: rows are written once, and seldom read
        if not db.execute("SELECT 1 FROM sqlite_master").fetchone():
            db.executescript(f"BEGIN; {TABLES} INSERT INTO fact VALUES ('schema', '{SCHEMA}'); COMMIT;")
        schema = fact(db, "schema")
        if schema == SCHEMA:
            _add_newer_columns(db)
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in OF_THE_MACHINE:
            raise
        raise StoreError(f"`{path}` is no record of ours ({error}): {REMEDY}") from None
    if schema != SCHEMA:
        written = f"was written by another version (schema {schema}, not {SCHEMA})"
        raise StoreError(f"`{path}` {written}: {REMEDY}")
    return db


def _add_newer_columns(db: sqlite3.Connection) -> None:
    for table, column, empty in NEWER:
        there = {row["name"] for row in db.execute(f"PRAGMA table_info({table})")}
        if column not in there:
            db.execute(f"ALTER TABLE {table} ADD COLUMN {column} TEXT NOT NULL DEFAULT '{empty}'")


def fact(db: sqlite3.Connection, name: str) -> str | None:
    """Return what the file says of itself under a name."""
    found = db.execute("SELECT value FROM fact WHERE name = ?", [name]).fetchone()
    return found["value"] if found else None


def set_fact(db: sqlite3.Connection, name: str, value: str) -> None:
    """Say something else under a name."""
    db.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", [name, value])
