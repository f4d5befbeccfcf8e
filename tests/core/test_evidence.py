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
    path = made(
        tmp_path / "kv.db", "create table kv (k, v); insert into kv values ('b', x'00'), ('a', x'01')"
    )
    assert evidence.table(path, "kv") == [("a", b"\x01"), ("b", b"\x00")]


@pytest.mark.parametrize("script", ["", "create view kv as select 1, 2", "create table other (k)"])
def test_what_is_no_plain_table_is_not(tmp_path: Path, script: str) -> None:
    with pytest.raises(AssertionError, match=r"`kv.db` holds no table `kv`"):
        evidence.table(made(tmp_path / "kv.db", script), "kv")


TABLES = """
create table checkpoints (a text primary key); create table writes (a text primary key);
insert into writes select hex(randomblob(200)) from json_each('[' || rtrim(replace(hex(zeroblob(200)), '00', '1,'), ',') || ']');
"""


def test_a_whole_database_has_no_damage(tmp_path: Path) -> None:
    assert evidence.damage(made(tmp_path / "whole.db", TABLES)) is None


def test_pages_of_two_moments_are_found(tmp_path: Path) -> None:
    path = made(tmp_path / "torn.db", TABLES)
    old = path.read_bytes()
    made(path, "delete from writes where rowid % 2")
    new = path.read_bytes()
    path.write_bytes(old[: len(old) // 2] + new[len(old) // 2 :])
    assert evidence.damage(path)
