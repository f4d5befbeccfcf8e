"""What lesson 01 says of thread ids, checkpoint counts and clocks, by its own outputs and by runs of its claims."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal, TypedDict

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.func import entrypoint
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.runtime import Runtime

from tests.lesson import executed

MODULE = "01_basic"
shown = partial(executed.shown, MODULE)


def steps(saver: InMemorySaver) -> Any:
    builder = StateGraph(MessagesState).add_sequence([("one", _say), ("two", _say)])
    return builder.add_edge(START, "one").compile(checkpointer=saver)


def _say(state: MessagesState) -> dict[str, Any]:
    return {"messages": [("ai", f"seen {len(state['messages'])}")]}


def thread(name: str | None) -> Any:
    return {"configurable": {"thread_id": name}}


@pytest.mark.slow
def test_only_a_missing_key_raises():
    lines = shown("def held(name)").splitlines()
    assert lines[-2] == "somebody else on None: You told me about order 4712."
    assert [line for line in lines if "Error" in line] == [lines[-1]]


@pytest.mark.slow
def test_a_turn_saved_by_the_slower_clock_is_lost():
    assert shown("def on_worker").splitlines() == [
        "60 s fast: You told me about order 4711.",
        "0 s fast: You told me about order 4712.",
        "0 s fast: You told me about order 4711.",
    ]


@pytest.mark.parametrize("name", [None, ""])
def test_none_and_the_empty_string_are_threads(name: str | None):
    graph = steps(InMemorySaver())
    for _ in range(2):
        said = graph.invoke({"messages": ["I am Mara"]}, thread(name))["messages"]
    assert len(said) == 6


@pytest.mark.parametrize(("durability", "count"), [("sync", 4), ("async", 4), ("exit", 1)])
def test_how_many_checkpoints_two_steps_leave(durability: Literal["sync", "async", "exit"], count: int):
    saver = InMemorySaver()
    steps(saver).invoke({"messages": ["hi"]}, thread("a"), durability=durability)
    assert len(list(saver.list(None))) == count


def test_an_entrypoint_leaves_two():
    saver = InMemorySaver()

    @entrypoint(checkpointer=saver)
    def double(number: int) -> int:
        return 2 * number

    assert double.invoke(2, thread("a")) == 4
    assert len(list(saver.list(None))) == 2


def test_context_is_not_saved():
    class Context(TypedDict):
        token: str

    def use(state: MessagesState, runtime: Runtime[Context]) -> dict[str, Any]:
        return {"messages": [f"{len(runtime.context['token'])} letters"]}

    saver = InMemorySaver()
    builder = StateGraph(MessagesState, context_schema=Context).add_node(use).add_edge(START, "use")
    graph = builder.compile(checkpointer=saver)
    said = graph.invoke({"messages": ["hi"]}, thread("a"), context={"token": "hush-hush"})
    assert said["messages"][-1].text == "9 letters"
    assert "hush" not in f"{list(saver.list(None))}"
    with pytest.raises(TypeError):
        graph.invoke({"messages": ["and now"]}, thread("a"))
