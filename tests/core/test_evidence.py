"""What the judge reads in databases that learners' code wrote."""

import operator
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Annotated, TypedDict

import pytest
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import START, StateGraph
from langgraph.store.sqlite import SqliteStore

from autograder.testing import evidence


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


class State(TypedDict):
    notes: Annotated[list, operator.add]


def test_raw_rows_tell_a_fork_from_an_edit(tmp_path):
    path = tmp_path / "notes.db"
    config = {"configurable": {"thread_id": "ada"}}
    with SqliteSaver.from_conn_string(str(path)) as saver:
        builder = (
            StateGraph(State).add_node("file", lambda state: {"notes": ["filed"]}).add_edge(START, "file")
        )
        graph = builder.compile(checkpointer=saver)
        graph.invoke({"notes": ["milk"]}, config)
        graph.invoke({"notes": ["milk"]}, {"configurable": {"thread_id": "bob"}})
        before = evidence.raw_rows(path, "ada")
        graph.update_state(config, {"notes": ["bread"]})
        forked = evidence.raw_rows(path, "ada")
    assert {row[0] for row in before} == {"checkpoints", "writes"}
    assert {row[1] for row in before} == {"ada"}
    assert before < forked
    with sqlite3.connect(path) as db:
        db.execute("UPDATE checkpoints SET metadata = metadata || ' ' WHERE thread_id = 'ada'")
    assert not before <= evidence.raw_rows(path, "ada")


def test_store_items_are_read_from_outside(tmp_path):
    path = tmp_path / "store.db"
    with SqliteStore.from_conn_string(str(path)) as store:
        store.setup()
        store.put(("users", "ada"), "tea", {"sugar": 2})
        store.put(("users", "ada"), "milk", {"fat": "1.5%"})
        store.delete(("users", "ada"), "milk")
    assert evidence.store_items(path) == {("users.ada", "tea"): {"sugar": 2}}


def test_a_view_is_no_store(tmp_path):
    path = tmp_path / "store.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE VIEW store AS SELECT 'a' AS prefix, 'b' AS key, '1' AS value")
    with pytest.raises(AssertionError, match="items of a store"):
        evidence.store_items(path)
