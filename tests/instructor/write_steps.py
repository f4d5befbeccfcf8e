"""Photographs a folder before each write of this process to it: what is found there if it's killed at that moment.

Nothing in the grader knows of this: Python tells auditors of files, and SQLite tells of statements. A step is a file
that is opened for writing, made, renamed or removed, or an SQL statement that changes a database's file: a COMMIT, or
a statement outside a transaction. (Within one, a killed process leaves the same file wherever it is.) The moment
after a step is the one before the next.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

CHANGING = {"open": 0, "os.mkdir": 0, "os.remove": 0, "os.rename": 1}
"""Events of files, and which of the arguments names what is changed."""
READING = ("SELECT", "PRAGMA", "BEGIN", "--")


def photograph_each_step(folder: Path, album: Path) -> None:
    """From now on, copy `folder` to `album/0`, `album/1` and so on; `step.txt` beside it says what came next."""
    numbers, busy = count(), False

    def copied(what: str) -> Path:
        copy = album / str(next(numbers)) / folder.name
        shutil.copytree(folder, copy)
        (copy.parent / "step.txt").write_text(what)
        return copy

    def step(what: str, written: Path | None = None) -> None:
        nonlocal busy
        if not busy:
            busy = True
            copied(what)
            if written:  # and as it is while the file is being written
                half = copied(f"half of {what}") / written.relative_to(folder)
                os.truncate(half, half.stat().st_size // 2)
            busy = False

    def hear(event: str, args: tuple[Any, ...]) -> None:
        if event in CHANGING:
            path, source = named(args[CHANGING[event]]), named(args[0])
            if path and path.is_relative_to(folder) and not in_vain(event, path, args):
                step(f"{event} {path.name}", source if event == "os.rename" else None)

    hear_statements(lambda text: step(f"SQL {text}"))
    sys.addaudithook(hear)


def hear_statements(hear: Callable[[str], None]) -> None:
    """Call `hear` before each SQL statement that changes the file of a database opened from now on."""
    connect_unheard = sqlite3.connect

    def connect(*args: Any, **options: Any) -> sqlite3.Connection:
        connection = connect_unheard(*args, **options)

        def statement(text: str) -> None:
            words = text.lstrip().upper()
            if words.startswith("COMMIT") or not (connection.in_transaction or words.startswith(READING)):
                hear(" ".join(text.split()))

        connection.set_trace_callback(statement)
        return connection

    sqlite3.connect = sqlite3.dbapi2.connect = connect  # SQLAlchemy calls the second


def in_vain(event: str, path: Path, args: tuple[Any, ...]) -> bool:
    """Tell whether nothing is written: a file to read, no folder to make one in, nothing to remove."""
    match event:
        case "open":
            return not args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        case "os.mkdir":
            return path.exists() or not path.parent.exists()
        case "os.remove":
            return not path.exists()
        case _:
            return False


def named(path: Any) -> Path | None:
    """Return the path, where it is one: an open file may be named by its descriptor."""
    return Path(os.fsdecode(path)) if isinstance(path, str | bytes | os.PathLike) else None
