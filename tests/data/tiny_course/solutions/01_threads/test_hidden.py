"""Hidden tests of module 01."""

from __future__ import annotations

import pytest


def two_threads(build_graph):
    graph = build_graph()
    if not hasattr(graph, "invoke"):
        return {"notes": None}
    graph.invoke({"notes": ["a"]}, {"configurable": {"thread_id": "t1"}})
    return graph.invoke({"notes": ["b"]}, {"configurable": {"thread_id": "t2"}})


@pytest.mark.exercise("compile_with_checkpointer", points=1)
def test_threads_are_apart(submission):
    """A run on one thread knows nothing of another."""
    notes = submission.observe(two_threads)["notes"]
    assert notes == ["b", "seen"], f"a new thread began with {notes}: it must hold its own run only"


def read_unknown(notes_of):
    from typing import TypedDict

    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import START, StateGraph

    class Notes(TypedDict):
        notes: list[str]

    builder = StateGraph(Notes)
    builder.add_node("mark", lambda state: {"notes": ["seen"]})
    builder.add_edge(START, "mark")
    return notes_of(builder.compile(checkpointer=InMemorySaver()), "never ran")


@pytest.mark.exercise("read_thread", points=1)
def test_a_thread_that_never_ran_is_empty(submission):
    """A thread that never ran has no notes."""
    notes = submission.observe(read_unknown)
    assert notes == [], f"a thread that never ran gave {notes}: return an empty list for it"
