"""Shows what learners' code left in a SQLite database, read from outside.

A database made by learners' code must not choose which classes the grader builds, nor how long it reads, nor
how much memory that takes. So it's read in a process of its own (`reading`), which ends when it takes too
much, and only values of plain classes come back (`reader`). Values of unknown classes arrive as plain data;
messages of LangChain arrive as messages. The tables are those of langgraph-checkpoint-sqlite 3.1.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from autograder.testing.evidence.reader import ask
from autograder.testing.evidence.rows import Row, Write

__all__ = ["Row", "Write", "checkpoints", "damage", "raw_rows", "store_items", "table", "threads"]


def threads(path: Path) -> list[str]:
    """Return the ids of the threads in a database, in alphabetical order.

    Raises:
        AssertionError: `path` is no LangGraph database; the text is for the learner. So with all of these.
    """
    return cast("list[str]", ask("threads", path))


def checkpoints(path: Path, thread: str, ns: str = "") -> list[Row]:
    """Return the checkpoints of a thread, oldest first."""
    return cast("list[Row]", ask("checkpoints", path, thread, ns))


def table(path: Path, name: str) -> list[tuple[Any, ...]]:
    """Return the rows of a plain table in a database that isn't LangGraph's, in the order of their keys.

    `name` comes from the test, never from the learner.
    """
    return cast("list[tuple[Any, ...]]", ask("table", path, name))


def damage(path: Path) -> str | None:
    """Return the first thing that's wrong with the pages of a checkpoint database; `None` if it's whole."""
    return cast("str | None", ask("damage", path))


def raw_rows(path: Path, thread: str) -> set[tuple[Any, ...]]:
    """Return all that a database holds of a thread, byte for byte: a row is its table's name and its columns.

    What is in one such set and not in a later one was changed or deleted in between.
    """
    return cast("set[tuple[Any, ...]]", ask("raw_rows", path, thread))


def store_items(path: Path) -> dict[tuple[str, str], Any]:
    """Return the items of a `SqliteStore`: (namespace joined by dots, key) → value."""
    return cast("dict[tuple[str, str], Any]", ask("store_items", path))
