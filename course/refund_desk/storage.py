"""Opens the place where checkpoints are kept: a SQLite file, or a Postgres server."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite import SqliteSaver


@contextmanager
def on_postgres(url: str) -> Generator[Any]:
    """Open a saver on a pool of one connection, which is as many as it uses at a time."""
    from langgraph.checkpoint.postgres import PostgresSaver  # only where it is used: they are an extra
    from psycopg.rows import dict_row
    from psycopg_pool import ConnectionPool

    settings = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    with ConnectionPool[Any](url, min_size=1, max_size=1, kwargs=settings) as pool:
        yield PostgresSaver(pool)


def open_saver(url: str) -> AbstractContextManager[BaseCheckpointSaver[Any]]:
    """Open a saver for a file name or a `postgresql://` URL, as long as the `with` lasts."""
    return on_postgres(url) if url.startswith("postgres") else SqliteSaver.from_conn_string(url)
