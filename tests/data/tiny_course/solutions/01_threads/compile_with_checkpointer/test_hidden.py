"""Hidden tests of `compile_with_checkpointer`."""

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
