"""Locks an output folder, so that one grader at a time writes to it."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any


class Locked(Exception):
    """Another grader is at work in the folder. Its text says which."""


@contextmanager
def locked(path: Path) -> Generator[None]:
    """Hold the lock file at `path`; the system lets go of it when this process ends, however that happens.

    Raises:
        Locked: another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            # `lockf`, not `flock`: a process that we fork does not inherit it, and so cannot keep it alive.
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Locked(_refusal(path)) from None
        file.truncate(0)
        file.write(json.dumps(_self()))
        file.flush()
        yield
        file.truncate(0)


def _self() -> dict[str, Any]:
    now = datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
    return {"pid": os.getpid(), "host": socket.gethostname(), "since": now}


def _refusal(path: Path) -> str:
    folder = path.parent
    try:
        holder: dict[str, Any] = json.loads(path.read_text("utf-8"))
        who = f"process {holder['pid']} on {holder['host']}, since {holder['since']}"
    except (OSError, ValueError, LookupError, TypeError):
        who = "it has not said which process"
    return f"`{folder}` is in use by another grader ({who}): wait for it, or name another folder with --out"
