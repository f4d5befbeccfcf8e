"""Finds card numbers and API keys in a text or a SQLite file, and takes them out of a text."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

# In a file's bytes, columns follow each other without a space. Groups of digits are told by their spaces;
# sixteen in a row are a card only if they aren't part of an id, or of a channel's version (…2.0.dddd…).
_CARD = re.compile(
    r"(?<![\d-])[3-6]\d{3}([ -])\d{4}\1\d{4}\1\d{4}(?![\d-])|(?<![\w.-])[3-6]\d{15}(?![\w-])", re.ASCII
)
_KEY = re.compile(r"(?<![A-Za-z_])(?:sk-[\w-]{20,200}|AKIA[A-Z0-9]{16}|gh[pousr]_\w{36,200})", re.ASCII)
PIECE, OVERLAP = 1 << 20, 1 << 10
"""Bytes of a file that are read at a time, and how many of them again, for what lies across a border."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a secret was found. `where` is a column, or the file for what no table shows any more."""

    where: str
    kind: str


def found_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield each secret in a text, with its kind."""
    for card in _CARD.finditer(text):
        if _checks_out(re.sub(r"\D", "", card[0])):
            yield "card number", card[0]
    for key in _KEY.finditer(text):
        yield "API key", key[0]


def redacted(text: str) -> str:
    """Take the secrets out of a text, before anything saves it."""
    for kind, secret in list(found_in(text)):
        text = text.replace(secret, f"[{kind}]")
    return text


def scan(path: Path) -> list[Place]:
    """Look for secrets in a SQLite file: in each column, and in the bytes of the file and its journal.

    The bytes tell more than the tables: most builds of SQLite keep deleted rows until `VACUUM`.
    """
    places = {Place(where, kind) for where, text in _cells(path) for kind, _ in found_in(text)}
    if not places:
        for file in (path, path.with_name(f"{path.name}-wal")):
            places |= {Place(file.name, kind) for text in _pieces(file) for kind, _ in found_in(text)}
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


def _checks_out(digits: str) -> bool:
    """Say whether the last digit of a card number fits the others (Luhn)."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 * (number > 9) for number in doubled) % 10 == 0
