"""What the judge reads in a checkpoint database."""

import operator
import sqlite3
from typing import Annotated, TypedDict

import pytest
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import START, StateGraph
from langgraph.store.sqlite import SqliteStore

from autograder import evidence


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
