"""Hidden tests of `read_thread`."""

from __future__ import annotations

import pytest


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
