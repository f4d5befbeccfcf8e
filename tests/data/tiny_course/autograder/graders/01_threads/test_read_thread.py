"""Public tests of `read_thread`."""

from __future__ import annotations

import pytest


def read_one(notes_of, thread_id, note):
    import operator
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import START, StateGraph

    class Notes(TypedDict):
        notes: Annotated[list[str], operator.add]

    builder = StateGraph(Notes)
    builder.add_node("mark", lambda state: {"notes": ["seen"]})
    builder.add_edge(START, "mark")
    graph = builder.compile(checkpointer=InMemorySaver())
    if note is not None:
        graph.invoke({"notes": [note]}, {"configurable": {"thread_id": thread_id}})
    return notes_of(graph, thread_id)


@pytest.mark.exercise("read_thread", points=2)
def test_reads_the_notes_of_a_thread(submission):
    """`notes_of` returns what a thread holds."""
    thread, note = (f"{word}{submission.rng.randrange(10, 1000)}" for word in ("t", "note "))
    notes = submission.observe(read_one, thread_id=thread, note=note)
    assert not isinstance(notes, dict), "`notes_of` returned a dict: return the notes, not the whole state"
    assert notes == [note, "seen"], f"`notes_of` returned {notes}: read the notes of the thread it is given"
