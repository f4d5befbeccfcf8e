"""Finds a word in a folder's databases from outside, and says in words what calls and savers do."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from inspect import isawaitable
from pathlib import Path
from textwrap import fill
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver


def traces(word: str, folder: str | Path = ".") -> dict[str, int | list[str]]:
    """Say how many rows of each table hold `word`, and which files do, write-ahead logs included."""
    files = [path for path in sorted(Path(folder).glob("*.db*")) if not path.name.endswith("-shm")]
    holding = [path.name for path in files if word.encode() in path.read_bytes()]
    found: dict[str, int | list[str]] = {}
    for path in sorted(Path(folder).glob("*.db")):
        with closing(sqlite3.connect(path)) as db:
            for (table,) in db.execute("select name from sqlite_master where type = 'table' order by name"):
                rows = db.execute(f'select * from "{table}"').fetchall()
                if held := sum(any(_holds(value, word) for value in row) for row in rows):
                    found[table] = held
    return found | {"files": holding}


def _holds(value: object, word: str) -> bool:
    raw = value if isinstance(value, bytes) else str(value).encode()
    return word.encode() in raw


def tried(call: Callable[..., object], *args: object) -> object:
    """Give what a call returns, or its error in words, 75 columns wide: a lesson goes on after either."""
    try:
        return call(*args)
    except Exception as problem:
        return fill(f"{type(problem).__name__}: {problem}", 75)


async def outcome(call: Callable[..., object], *args: object) -> str:
    """Say "yes" if a call works, awaited where it has to be, or else the name of its error."""
    try:
        found = call(*args)
        if isawaitable(found):
            await found
    except Exception as problem:
        return type(problem).__name__
    return "yes"


async def conformance(saver: type[BaseCheckpointSaver[Any]]) -> str:
    """Say what LangGraph's conformance suite says of a saver class that needs no arguments."""
    from langgraph.checkpoint.conformance import checkpointer_test, validate

    @checkpointer_test(name=saver.__name__)
    async def fresh() -> AsyncIterator[BaseCheckpointSaver[Any]]:
        yield saver()

    report = await validate(fresh)
    return f"{report.to_dict()['conformance_level']}, passed_all_base {report.passed_all_base()}"
