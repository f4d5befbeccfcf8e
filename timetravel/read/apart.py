"""Reads a database in a process of its own, which can be ended: SQLite can't be interrupted everywhere.

A database may come from anywhere. A view without end, a value of gigabytes or a file that never ends would
hold up whoever reads it, and Ctrl-C wouldn't help inside SQLite. So `reading` does it, within a time and a
memory that the system enforces, and what it found comes back through a file.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, cast

from timetravel.errors import WrongUse
from timetravel.model.history import History
from timetravel.read.open import Where, shown
from timetravel.read.thread import Thread

CPU_SECONDS = 30  #: a thread of 1 GB takes ten
WAIT_SECONDS = 120.0  #: for a disk or a network that doesn't answer: that takes no processor time
MEMORY_BYTES = 2 << 30
LESS = "`timeline(db, thread, limit=50)` reads less"
REPLY = "reply"  #: the file in the scratch folder that the answer comes back through
_PACKAGES = str(Path(__file__).parents[2])


def list_threads(where: Where, find: str = "") -> list[Thread]:
    """List a database's threads, the one written last first.

    Args:
        where: the path of a SQLite file, or the address of a Postgres database.
        find: only those that have this text in their id, their status, or their newest state or metadata.

    Raises:
        WrongUse: it can't be read, or takes too much; the text says why.
    """
    return cast("list[Thread]", _ask(where, "list_threads", find))


def read_history(
    where: Where, thread_id: str, namespace: str = "", limit: int | None = None, before: str | None = None
) -> History:
    """Read one thread's history, with those of its subgraphs.

    Args:
        where: the path of a SQLite file, or the address of a Postgres database.
        thread_id: the thread.
        namespace: a subgraph's, to read that alone; the names of its nodes will do where they are enough.
        limit: read only that many checkpoints, the newest.
        before: the end of a checkpoint's id; only what is older is read.

    Raises:
        WrongUse: the database can't be read, takes too much, or holds no such thread.
    """
    return cast("History", _ask(where, "read_history", thread_id, namespace, limit, before))


def _ask(where: Where, what: str, *given: object) -> Any:  # noqa: ANN401 — what the function of this name returns
    with tempfile.TemporaryDirectory(prefix="timeline-", ignore_cleanup_errors=True) as scratch:
        request = {"what": what, "where": str(where), "given": given, "scratch": scratch}
        limits = {"cpu_seconds": CPU_SECONDS, "memory_bytes": MEMORY_BYTES}
        try:
            code = _run(json.dumps(request | limits).encode())
        except subprocess.TimeoutExpired:
            raise WrongUse(f"{shown(where)} can't be read: nothing came in {WAIT_SECONDS:g} s") from None
        reply = Path(scratch, REPLY)
        if code != 0 or not reply.is_file():
            raise WrongUse(_died(shown(where), code))
        kind, found = pickle.loads(reply.read_bytes())
    if kind == "wrong":
        raise WrongUse(found)
    return found


def _run(request: bytes) -> int:
    """Run the other process to its end, and return how it ended. Ctrl-C and the time limit end it, too."""
    packages = os.pathsep.join(filter(None, (_PACKAGES, os.getenv("PYTHONPATH"))))
    return subprocess.run(
        [sys.executable, "-P", "-m", "timetravel.read.reading"],
        input=request,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": packages, "RUST_BACKTRACE": "0"},  # without memory, one would hang
        start_new_session=True,  # so that Ctrl-C in a terminal or notebook is for this process alone
        timeout=WAIT_SECONDS,
        check=False,
    ).returncode


def _died(name: str, code: int) -> str:
    if code == -getattr(signal, "SIGXCPU", 0):  # Windows has none
        reasons = "it's damaged, made to be slow, or very large"
        return f"{name} takes more than {CPU_SECONDS} s to read: {reasons}; {LESS}"
    if code == -signal.SIGABRT:  # so Rust ends a process where there's no memory left
        return too_much(name)
    return f"{name} can't be read: the process that tried ended (exit code {code})"


def too_much(name: str) -> str:
    """Say that the memory wasn't enough."""
    return f"{name} holds more than can be read at once: {LESS}"
