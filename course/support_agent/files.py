"""What several processes share: one SQLite file, and a lock for each thread beside it."""

from __future__ import annotations

import fcntl
import hashlib
import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from langchain_core.runnables import RunnableConfig

from course.stage.vectors import VecConn


def connect(path: str | Path) -> sqlite3.Connection:
    """Open the file. A saver, a store and a shop need a connection each: their transactions would collide.

    Savers and stores write ahead (WAL). A new file becomes one for that here, since SQLite's timeout doesn't
    hold for this step: of several processes that take it at once, one may read "database is locked".
    What a saver writes of one result is saved as a whole, by the cursors of `VecConn`.
    """
    opened = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30, factory=VecConn)
    for wait in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1):
        with suppress(sqlite3.OperationalError):
            opened.execute("pragma journal_mode = wal")
            return opened
        time.sleep(wait)
    opened.execute("pragma journal_mode = wal")
    return opened


@contextmanager
def alone(path: Path, thread: str) -> Generator[RunnableConfig]:
    """Give the config of a thread to one caller at a time: LangGraph itself locks nothing."""
    name = hashlib.sha256(thread.encode()).hexdigest()[:16]  # an id may hold what a file name may not
    with Path(f"{path}.{name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until the file is closed, or the process dies
        yield {"configurable": {"thread_id": thread}}
