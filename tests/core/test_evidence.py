"""What a test reads from a database that is not LangGraph's."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from autograder import evidence


def made(path: Path, script: str) -> Path:
    with closing(sqlite3.connect(path)) as db:
        db.executescript(script)
    return path


def test_a_plain_table_is_read(tmp_path: Path) -> None:
    path = made(tmp_path / "kv.db", "create table kv (k, v); insert into kv values ('b', x'00'), ('a', x'01')")
    assert evidence.table(path, "kv") == [("a", b"\x01"), ("b", b"\x00")]


@pytest.mark.parametrize("script", ["", "create view kv as select 1, 2", "create table other (k)"])
def test_what_is_no_plain_table_is_not(tmp_path: Path, script: str) -> None:
    with pytest.raises(AssertionError, match=r"`kv.db` holds no table `kv`"):
        evidence.table(made(tmp_path / "kv.db", script), "kv")
