"""The tests of the small exercise notebook as plain functions, for tools that know nothing of probes.

They assert what the course's own tests assert, public and hidden, with inputs that do not vary. Their source
is written into nbgrader's test cells and otter's test files, so each imports what it uses.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


def second_run_continues_the_first(build_graph: Any) -> None:
    graph, thread = build_graph(), {"configurable": {"thread_id": "t1"}}
    graph.invoke({"notes": ["first"]}, thread)
    notes = graph.invoke({"notes": ["second"]}, thread)["notes"]
    assert "seen" in notes, "no run left its mark in `notes`: add the node that adds it"
    assert notes == ["first", "seen", "second", "seen"], "pass checkpointer= to compile()"


def threads_are_apart(build_graph: Any) -> None:
    graph = build_graph()
    graph.invoke({"notes": ["a"]}, {"configurable": {"thread_id": "t1"}})
    notes = graph.invoke({"notes": ["b"]}, {"configurable": {"thread_id": "t2"}})["notes"]
    assert notes == ["b", "seen"], "a new thread must hold its own run only"


def reads_the_notes_of_a_thread(notes_of: Any) -> None:
    import operator
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import START, StateGraph

    Notes = TypedDict("Notes", {"notes": Annotated[list[str], operator.add]})  # noqa: UP013 — in a function
    builder = StateGraph(Notes).add_node("mark", lambda state: {"notes": ["seen"]}).add_edge(START, "mark")
    graph = builder.compile(checkpointer=InMemorySaver())
    graph.invoke({"notes": ["note"]}, {"configurable": {"thread_id": "t7"}})
    assert notes_of(graph, "t7") == ["note", "seen"], "read the notes of the thread it is given"


def a_thread_that_never_ran_is_empty(notes_of: Any) -> None:
    from typing import TypedDict

    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import START, StateGraph

    Notes = TypedDict("Notes", {"notes": list[str]})  # noqa: UP013 — in a function
    builder = StateGraph(Notes).add_node("mark", lambda state: {"notes": ["seen"]}).add_edge(START, "mark")
    graph = builder.compile(checkpointer=InMemorySaver())
    assert notes_of(graph, "never ran") == [], "return an empty list for a thread that never ran"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainTest:
    """One test, and what it is worth."""

    exercise: str
    function: Callable[[Any], None]
    points: int
    hidden: bool = False

    @property
    def source(self) -> str:
        return inspect.getsource(self.function).replace(": Any)", ")").replace(" -> None", "")

    @property
    def subject(self) -> str:
        """The learner's function that it takes."""
        return next(iter(inspect.signature(self.function).parameters))


TESTS = (
    PlainTest(exercise="compile_with_checkpointer", function=second_run_continues_the_first, points=2),
    PlainTest(exercise="compile_with_checkpointer", function=threads_are_apart, points=1, hidden=True),
    PlainTest(exercise="read_thread", function=reads_the_notes_of_a_thread, points=2),
    PlainTest(exercise="read_thread", function=a_thread_that_never_ran_is_empty, points=1, hidden=True),
)
POINTS = sum(test.points for test in TESTS)
