"""Finds card numbers and API keys in a SQLite file."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from course.support_agent.secrets import found_in

# In a file's bytes, columns follow each other without a space. Groups of digits are told by their spaces;
# sixteen in a row are a card only if they aren't part of an id, or of a channel's version (…2.0.dddd…).
STORED = tuple(
    re.compile(form, re.ASCII)
    for form in (
        r"(?<![\d-])(?P<card>[2-6]\d{3}([ -])\d{4}\2\d{4}\2\d{4})(?![\d-])",
        r"(?<![\d-])(?P<card>3[47]\d{2}([ -])\d{6}\2\d{5})(?![\d-])",
        r"(?<![\w.-])(?P<card>[2-6]\d{15}|3[47]\d{13})(?![\w-])",
    )
)
PIECE, OVERLAP = 1 << 20, 1 << 10
"""Bytes of a file that are read at a time, and how many of them again, for what lies across a border."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a secret was found. `where` is a column, or the file for what no table shows any more."""

    where: str
    kind: str


def scan(path: Path) -> list[Place]:
    """Look for secrets in a SQLite file: in each column, and in the bytes of the file and its journal.

    The bytes tell more than the tables: most builds of SQLite keep deleted rows until `VACUUM`.
    """
    places = {Place(where, kind) for where, text in _cells(path) for kind, _ in found_in(text, STORED)}
    if not places:
        for file in (path, path.with_name(f"{path.name}-wal")):
            places |= {Place(file.name, kind) for text in _pieces(file) for kind, _ in found_in(text, STORED)}
    return sorted(places)


def _cells(path: Path) -> Iterator[tuple[str, str]]:
    """Yield each value of each table that can hold text, as its bytes read."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=30)) as db:
        db.text_factory = bytes
        names = [
            name.decode() for (name,) in db.execute("select name from sqlite_master where type = 'table'")
        ]
        for table in names:
            quoted = table.replace('"', '""')
            rows = db.execute(f'select * from "{quoted}"')
            columns = [str(about[0]) for about in rows.description]
            for row in rows:
                for column, value in zip(columns, row, strict=True):
                    if isinstance(value, bytes):
                        yield f"{table}.{column}", value.decode("latin-1")


def _pieces(file: Path) -> Iterator[str]:
    """Yield a file's bytes, a bounded piece at a time."""
    if not file.is_file():
        return
    with file.open("rb") as opened:
        kept = b""
        while piece := opened.read(PIECE):
            yield (kept + piece).decode("latin-1")
            kept = piece[-OVERLAP:]
