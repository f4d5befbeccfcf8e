"""What several processes share: one SQLite file, and a lock for each thread beside it."""

from __future__ import annotations

import fcntl
import hashlib
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from langchain_core.runnables import RunnableConfig


def connect(path: str | Path) -> sqlite3.Connection:
    """Open the file. A saver, a store and a shop need a connection each: their transactions would collide."""
    return sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)


@contextmanager
def alone(path: Path, thread: str) -> Generator[RunnableConfig]:
    """Give the config of a thread to one caller at a time: LangGraph itself locks nothing."""
    name = hashlib.sha256(thread.encode()).hexdigest()[:16]  # an id may hold what a file name may not
    with Path(f"{path}.{name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until the file is closed, or the process dies
        yield {"configurable": {"thread_id": thread}}
