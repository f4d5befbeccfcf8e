"""Real graphs on real savers, small enough to read."""

from __future__ import annotations

import operator
from typing import Annotated, Any, TypedDict

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.types import interrupt


class State(TypedDict, total=False):
    log: Annotated[list[Any], operator.add]
    x: int


def a(state: State) -> Any:
    return {"log": ["a"], "x": 1}


def b(state: State) -> Any:
    if state["x"] > 100:
        raise KeyError("boom <b>")
    return {"log": ["b"], "x": state["x"] + 1}


def c(state: State) -> Any:
    return {"log": ["c"]}


def ask(state: State) -> Any:
    return {"log": [interrupt({"question": "Refund 30 EUR?"})]}


def chain(*nodes: Any, saver: Any = None) -> Any:
    builder = StateGraph(State)
    for node in nodes:
        builder.add_node(node)
    for one, other in zip([START, *[node.__name__ for node in nodes]], nodes, strict=False):
        builder.add_edge(one, other.__name__)
    return builder.compile(checkpointer=saver or InMemorySaver())


def thread(name: str) -> Any:
    return {"configurable": {"thread_id": name}}


def waiting_at(graph: Any, config: Any, node: str) -> Any:
    """The newest checkpoint from which `node` is to run."""
    return next(state for state in graph.get_state_history(config) if node in state.next).config


def forked(saver: Any = None, name: str = "forks") -> Any:
    """A run, a replay from before `b`, and a corrected run from there."""
    graph, config = chain(a, b, c, saver=saver), thread(name)
    graph.invoke({"log": ["in"]}, config)
    before_b = waiting_at(graph, config, "b")
    graph.invoke(None, before_b)
    graph.invoke(None, graph.update_state(before_b, {"x": 50}))
    return graph


def failed(saver: Any = None, name: str = "error") -> Any:
    graph, config = chain(a, b, c, saver=saver), thread(name)
    graph.invoke({"log": ["in"]}, config, interrupt_before=["b"])
    graph.update_state(config, {"x": 500})
    with pytest.raises(KeyError):
        graph.invoke(None, config)
    return graph


def named(name: str) -> Any:
    """A node that logs its name."""

    def node(state: State) -> Any:
        return {"log": [name]}

    node.__name__ = name
    return node


def nested(saver: Any = None, name: str = "deep") -> Any:
    """Subgraphs two deep, one that remembers its last run, one that a node calls; two turns."""
    inner = sequence(search=named("search"), read=named("read"))
    team = sequence(plan=named("plan"), research=inner)
    memory = sequence(True, note=named("note"))

    def calls(state: State) -> Any:
        return {"x": len(inner.invoke({"log": ["asked"]})["log"])}

    graph = sequence(saver or InMemorySaver(), team=team, memory=memory, calls=calls, end=named("end"))
    for turn in ("one", "two"):
        graph.invoke({"log": [turn]}, thread(name))
    return graph


def sequence(saver: Any = None, **nodes: Any) -> Any:
    builder = StateGraph(State)
    for name, node in nodes.items():
        builder.add_node(name, node)
    for one, other in zip([START, *nodes], nodes, strict=False):
        builder.add_edge(one, other)
    return builder.compile(checkpointer=saver)
