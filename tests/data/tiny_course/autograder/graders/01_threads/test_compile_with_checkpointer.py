"""Public tests of `compile_with_checkpointer`."""

from __future__ import annotations

import pytest


def two_runs(build_graph, first, second):
    graph = build_graph()
    if not hasattr(graph, "invoke"):
        return {"notes": None, "type": type(graph).__name__}
    thread = {"configurable": {"thread_id": "t1"}}
    graph.invoke({"notes": [first]}, thread)
    return graph.invoke({"notes": [second]}, thread)


@pytest.mark.exercise("compile_with_checkpointer", points=2)
def test_second_run_continues_the_first(submission):
    """A second run on a thread continues the first."""
    first, second = (f"note {submission.rng.randrange(1000)}" for _ in range(2))
    state = submission.observe(two_runs, first=first, second=second)
    assert state["notes"] is not None, f"`build_graph` returned a {state['type']}: return a compiled graph"
    assert "seen" in state["notes"], "no run left its mark in `notes`: add the node that adds it"
    assert state["notes"] == [first, "seen", second, "seen"], (
        "the second run knows nothing of the first: pass checkpointer= to compile()"
    )
