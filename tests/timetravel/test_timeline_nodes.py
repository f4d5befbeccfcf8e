"""The table of values that a page compares states by, and what it says of who wrote what."""

from __future__ import annotations

import operator
from pathlib import Path
from typing import Annotated, Any, TypedDict

from hypothesis import example, given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.types import Send
from pydantic import BaseModel
from timeline_graphs import forked, thread

from timetravel import timeline
from timetravel.draw.compare_data import data
from timetravel.draw.compare_nodes import Node, Table
from timetravel.model.changes import compare
from timetravel.model.history import History, Record
from timetravel.model.tree import build

from test_timeline_database import old_database

LEAVES = st.none() | st.booleans() | st.integers(-2, 2) | st.text("ab", max_size=2)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("xy", max_size=2), inner),
    max_leaves=8,
)


def expanded(nodes: list[Node], ref: int) -> Any:
    """What the page's script makes of a node."""
    node = nodes[ref]
    if isinstance(node, str) or "c" in node:
        return node
    base = node.get("f")
    if "k" not in node:
        if base is None:
            return [expanded(nodes, one) for one in node["l"]]
        before = expanded(nodes, base)
        added = [expanded(nodes, one) for one in node["l"]]
        return [*before[: node["a"]], *added, *before[node["a"] + node["d"] :]]
    named = {} if base is None else dict(expanded(nodes, base))
    for name in node.get("x", ()):
        named.pop(name, None)
    return named | {name: expanded(nodes, one) for name, one in zip(node["k"], node["l"], strict=True)}


def as_text(value: Any) -> Any:
    """A value as a table of nodes holds it, written in the plainest way."""
    if isinstance(value, list):
        return [as_text(item) for item in value]
    if isinstance(value, dict):
        return {repr(key): as_text(item) for key, item in value.items()}
    return repr(value)


@given(st.lists(st.dictionaries(st.sampled_from("abc"), VALUES), min_size=1, max_size=6))
@example([{"c": [{"": True}]}, {"c": [{"": 1}]}, {"c": [{"": 1.0}]}])
@settings(deadline=None)
def test_every_state_can_be_made_again_and_equal_ones_are_one(states: list[dict[str, Any]]) -> None:
    table, refs = Table(), list[int]()
    for index, state in enumerate(states):
        changes = compare(states[index - 1], state, {}) if index else None
        refs.append(table.state(state, changes, refs[-1] if index else None))
    for state, ref in zip(states, refs, strict=True):
        assert expanded(table.nodes, ref) == {name: as_text(value) for name, value in state.items()}
    plain = [{name: as_text(value) for name, value in state.items()} for state in states]
    assert [[a == b for b in refs] for a in refs] == [[a == b for b in plain] for a in plain]


def linear(*states: dict[str, Any]) -> History:
    records = [
        Record(
            checkpoint_id=f"{i:036}",
            parent_id=f"{i - 1:036}" if i else None,
            step=i,
            source="loop",
            created_at="",
            values=state,
        )
        for i, state in enumerate(states)
    ]
    return build(records, thread_id="made")


def size(history: History) -> int:
    from timetravel.draw.compare_data import script_json

    return len(script_json(data(history)))


def test_a_growing_list_takes_room_in_proportion() -> None:
    def turns(count: int) -> int:
        return size(linear(*({"log": [f"line {n}" for n in range(i)]} for i in range(count))))

    assert turns(400) < 2.3 * turns(200)


def test_large_values_are_cut_and_still_known_to_differ() -> None:
    found = data(linear(*({"doc": "x" * 100_000 + str(i)} for i in range(60))))
    cut = [node for node in found["nodes"] if isinstance(node, dict) and "c" in node]
    assert len(cut) == 60 and {node["n"] for node in cut} == {100_001, 100_002}
    assert sum(len(node["c"]) for node in cut) <= 400_000
    assert len({state for _, _, state, *_ in found["steps"]}) == 60


def test_a_state_of_a_million_parts_stays_a_page() -> None:
    found = data(linear(*({"log": [[i, n] for n in range(30_000)]} for i in range(4))))
    assert len(found["nodes"]) < 130_000
    assert len({state for _, _, state, *_ in found["steps"]}) == 4


def test_what_differs_in_a_message_or_a_model_is_its_field() -> None:
    class Order(BaseModel):
        id: int
        paid: bool = False

    messages = [HumanMessage("hi", id="1"), AIMessage("hello", id="2")]
    changed = [messages[0], AIMessage("hello", id="3")]
    found = data(linear({"m": messages, "o": Order(id=1)}, {"m": changed, "o": Order(id=1, paid=True)}))
    one, other = (expanded(found["nodes"], state) for _, _, state, *_ in found["steps"])
    assert one["m"][0] == other["m"][0] and one["m"][1]["id"] != other["m"][1]["id"]
    assert [one["o"]["paid"], other["o"]["paid"]] == ["False", "True"]
    assert "ai: hello" in [node["t"] for node in found["nodes"] if isinstance(node, dict) and "t" in node]


def test_a_model_without_one_of_its_fields_and_a_repr_that_raises() -> None:
    class Order(BaseModel):
        id: int
        paid: bool

    class Bad:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    table = Table()
    old = table.add(Order.model_construct(id=1))  # saved before the class got the field
    assert expanded(table.nodes, old) == {"id": "1"}
    assert "its repr raised RuntimeError" in str(table.nodes[table.add(Bad())])


class Fan(TypedDict):
    log: Annotated[list[Any], operator.add]


def test_parallel_nodes_and_sends_are_told_apart() -> None:
    def left(state: Fan) -> Any:
        return {"log": ["l"]}

    def right(state: Fan) -> Any:
        return {"log": ["r"]}

    def work(state: Any) -> Any:
        return {"log": [state["i"]]}

    builder = StateGraph(Fan).add_node(left).add_node(right).add_node(work)
    builder.add_edge(START, "left").add_edge(START, "right")
    builder.add_conditional_edges("left", lambda _: [Send("work", {"i": i}) for i in range(3)], ["work"])
    graph = builder.compile(checkpointer=InMemorySaver())
    graph.invoke({"log": []}, thread("1"))
    drawn = timeline(graph, thread("1"))
    assert drawn.history.steps[2].written == (("left", {"log": ["l"]}), ("right", {"log": ["r"]}))
    assert drawn.history.steps[3].written == tuple(("work", {"log": [i]}) for i in range(3))
    assert "Written by" in drawn.to_html()
    assert drawn.to_json()["steps"][2]["written"][1] == {"node": "right", "channels": {"log": ["r"]}}


def test_the_database_tells_who_wrote_what_too(db: Path, saver: Any) -> None:
    graph = forked(saver)
    live, stored = timeline(graph, thread("forks")).history, timeline(db, "forks").history
    assert [step.written for step in stored.steps][2:] == [step.written for step in live.steps][2:]


def test_a_database_of_2024_can_be_browsed(db: Path) -> None:
    old_database(db)
    drawn = timeline(db)
    assert drawn.history.steps[-1].written == (("conversation", {}),)
    found = data(drawn.history)
    first, last = found["steps"][1][2], found["steps"][2][2]
    assert expanded(found["nodes"], first) == {"messages": []}
    assert expanded(found["nodes"], last)["messages"][0]["content"] == '"hi! I\'m Lance"'


def test_forks_of_forks_have_a_way_each() -> None:
    graph = forked()
    newest = next(iter(graph.get_state_history(thread("forks"))))
    graph.update_state(newest.parent_config, {"x": 1})
    found = data(timeline(graph, thread("forks")).history)
    assert [name.split(",")[0] for _, name in found["ways"]] == [
        "1 to step 3",
        *["2 from step 1", "3 from step 1"],
        "4 from step 3",
    ]
