"""What the pitfalls page says without a lesson's cell, run on the installed version."""

from __future__ import annotations

import operator
import sqlite3
import time
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import START, StateGraph
from pydantic import BaseModel, ValidationError

THREAD: Any = {"configurable": {"thread_id": "a"}}


class Log(TypedDict, total=False):
    log: Annotated[list[str], operator.add]


class Order(BaseModel):
    items: list[str] = []
    paid: bool = False


class Job:
    class Phase(Enum):
        READY = "ready"


class Tariff(Enum):
    NIGHT = "night"


@dataclass
class Counter:
    number: int
    seen: int = field(init=False, default=0)


@dataclass
class Plain:
    number: int


@dataclass
class Named:
    number: int


def steps(saver: Any) -> Any:
    def step(name: str) -> tuple[str, Any]:
        return name, lambda _: {"log": [name]}

    return (
        StateGraph(Log)
        .add_sequence([step(name) for name in "abc"])
        .add_edge(START, "a")
        .compile(checkpointer=saver)
    )


def sqlite_saver(path: Path | str, wait: float = 5) -> SqliteSaver:
    return SqliteSaver(sqlite3.connect(path, check_same_thread=False, timeout=wait))


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (Tariff.NIGHT, Tariff.NIGHT),
        (Plain(1), Plain(1)),
        (Job.Phase.READY, "ready"),
        (Counter(1), {"number": 1, "seen": 0}),
    ],
)
def test_which_classes_are_built_again(value: object, read: object, caplog: pytest.LogCaptureFixture):
    serde = JsonPlusSerializer()
    assert serde.loads_typed(serde.dumps_typed(value)) == read
    warned = "Could not reconstruct" in caplog.text
    assert warned == (value != read)


def test_a_type_that_is_named_is_no_longer_unregistered(caplog: pytest.LogCaptureFixture):
    stored = JsonPlusSerializer().dumps_typed(Named(2))
    naming = JsonPlusSerializer(allowed_msgpack_modules=[(Named.__module__, "Named")])
    assert naming.loads_typed(stored) == Named(2)
    assert "unregistered" not in caplog.text
    assert JsonPlusSerializer().loads_typed(stored) == Named(2)
    assert "Deserializing unregistered type" in caplog.text


def test_a_second_writer_locks_the_file_and_the_connection_says_for_how_long(tmp_path: Path):
    graph = steps(sqlite_saver(tmp_path / "a.db", wait=0.01))
    graph.invoke({"log": []}, THREAD)
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(sqlite3.OperationalError, match="database is locked"):
        graph.invoke({"log": ["more"]}, THREAD)
    other.execute("rollback")
    assert graph.get_state(THREAD).values == {"log": ["a", "b", "c"]}, "the input is lost"


def test_an_invalid_model_is_saved_and_no_call_can_read_it_until_it_is_repaired():
    builder = (
        StateGraph(Order).add_node("a", lambda _: {"items": None}).add_node("b", lambda _: {"paid": True})
    )
    saver = InMemorySaver()
    graph = builder.add_edge(START, "a").add_edge("a", "b").compile(checkpointer=saver)
    calls = (
        lambda: graph.invoke({"paid": False}, THREAD),
        lambda: graph.invoke(None, THREAD),
        lambda: graph.get_state(THREAD),
        lambda: graph.update_state(THREAD, {"items": []}, as_node="a"),
        lambda: graph.invoke({"items": ["kettle"]}, THREAD),
    )
    for call in calls:
        with pytest.raises(ValidationError):
            call()
    before = next(
        c for c in saver.list(THREAD) if c.checkpoint["channel_values"].get("items", ()) is not None
    )
    graph.update_state(before.config, {"items": ["kettle"]}, as_node="a")
    assert graph.invoke(None, THREAD) == {"items": ["kettle"], "paid": True}


def test_a_savers_list_holds_its_lock_until_it_is_read_to_the_end():
    saver = sqlite_saver(":memory:")
    steps(saver).invoke({"log": []}, THREAD)
    for _ in saver.list(None):
        assert not saver.lock.acquire(blocking=False), "delete_thread would wait here for ever"
    for found in list(saver.list(None)):
        saver.delete_thread(found.config["configurable"]["thread_id"])
    assert not list(saver.list(None))


def test_interrupt_before_is_for_one_call():
    graph = steps(InMemorySaver())
    graph.invoke({"log": []}, THREAD, interrupt_before=["b", "c"])
    assert graph.get_state(THREAD).next == ("b",)
    assert graph.invoke(None, THREAD)["log"] == ["a", "b", "c"]


def test_a_new_file_is_locked_at_once_for_who_comes_second(tmp_path: Path):
    path, began = tmp_path / "new.db", time.monotonic()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(sqlite3.OperationalError, match="database is locked"):
        SqliteSaver(sqlite3.connect(path, timeout=600)).get_tuple(THREAD)
    assert time.monotonic() - began < 300
    other.execute("commit")
    SqliteSaver(sqlite3.connect(path)).setup()
    other.execute("begin immediate")  # from then on, readers are let in
    assert SqliteSaver(sqlite3.connect(path)).get_tuple(THREAD) is None
