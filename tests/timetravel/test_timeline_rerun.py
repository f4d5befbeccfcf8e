"""From a row on the page: run with another input, answer what is open; in subgraphs, only fork."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.func import entrypoint
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import interrupt
from timeline_graphs import State, a, ask, b, c, chain, thread

from timetravel import timeline
from timetravel.live.widget import answer

from test_timeline_fork import rows


def asked(
    graph: Any, do: str, index: int, edits: Any = None, kind: str = "", name: str = "1"
) -> dict[str, Any]:
    """What the widget answers to a request for one of the thread's rows."""
    found = timeline(graph, thread(name))
    assert found.source is not None
    id_ = found.history.steps[index].checkpoint_id
    return answer(found.source, "lgtl-test", {"do": do, "id": id_, "edits": edits or {}, "kind": kind})


def test_the_input_of_each_turn_is_offered_and_runs_on_a_branch_of_its_own(
    db: Path, saver: SqliteSaver
) -> None:
    graph = chain(a, b, saver=saver)
    for text in ("one", "two"):
        graph.invoke({"log": [text]}, thread("1"))
    before = rows(db)
    offer = asked(graph, "form", 4, kind="input")["form"]
    assert [one["name"] for one in offer["channels"]] == ["log", "x"]
    assert [json.loads(one["json"] or "null") for one in offer["channels"]] == [["two"], None]
    said = asked(graph, "input", 4, {"log": '["other"]'})
    assert said["error"] == "" and said["new"] in said["html"]
    assert graph.get_state(thread("1")).values["log"] == ["one", "a", "b", "other", "a", "b"]
    history = timeline(graph, thread("1")).history
    made = history.by_id[said["new"]]
    assert (made.source, made.given) == ("input", {"log": ["other"]})
    assert made.parent_id == history.steps[4].parent_id and history.branches == 2
    assert {key: row for key, row in rows(db).items() if key in before} == before


def test_a_first_input_is_run_again_from_the_empty_state() -> None:
    graph = chain(a, b)
    graph.invoke({"log": ["one"], "x": 7}, thread("1"))
    said = asked(graph, "input", 0, {"log": '["other"]', "x": ""})
    assert said["error"] == ""
    assert graph.get_state(thread("1")).values == {"log": ["other", "a", "b"], "x": 2}


def test_an_input_of_messages_and_one_of_a_single_value() -> None:
    def reply(state: MessagesState) -> Any:
        return {"messages": [AIMessage(f"you said {state['messages'][-1].content}")]}

    chat = (
        StateGraph(MessagesState)
        .add_node(reply)
        .add_edge(START, "reply")
        .compile(checkpointer=InMemorySaver())
    )
    chat.invoke({"messages": [("user", "hi")]}, thread("1"))
    said = asked(chat, "input", 0, {"messages": '[["user", "hello"]]'})
    assert said["error"] == ""
    assert [one.content for one in chat.get_state(thread("1")).values["messages"]] == [
        "hello",
        "you said hello",
    ]

    @entrypoint(checkpointer=InMemorySaver())
    def double(x: int) -> int:
        return 2 * x

    double.invoke(4, thread("1"))
    assert asked(double, "form", 0, kind="input")["form"]["channels"] == [{"name": "input", "json": "4"}]
    assert asked(double, "input", 0, {"input": "5"})["error"] == ""
    assert double.get_state(thread("1")).values == 10


def test_what_goes_wrong_with_an_input_is_said() -> None:
    graph = chain(a, b)
    graph.invoke({"log": ["one"]}, thread("1"))
    assert "`log` is no JSON" in asked(graph, "input", 0, {"log": "["})["error"]
    assert len(timeline(graph, thread("1"))) == 4
    breaks = chain(b)
    breaks.invoke({"log": [], "x": 1}, thread("1"))
    said = asked(breaks, "input", 0, {"x": "500"})
    assert said["error"] == "the run with this input failed: KeyError: 'boom <b>'"
    assert "boom &lt;b&gt;" in said["html"]


@pytest.mark.parametrize(
    ("text", "arrives"), [("yes", "yes"), ("7", 7), ('{"ok": true}', {"ok": True}), ("false", False)]
)
def test_an_open_question_is_answered_and_the_run_goes_on_in_its_lane(text: str, arrives: Any) -> None:
    graph = chain(a, ask, c)
    graph.invoke({"log": []}, thread("1"))
    (question,) = asked(graph, "form", -1, kind="answer")["form"]["questions"]
    assert question["node"] == "ask" and "Refund 30 EUR?" in question["text"]
    said = asked(graph, "answer", -1, {question["id"]: text})
    assert said["error"] == ""
    assert graph.get_state(thread("1")).values["log"] == ["a", arrives, "c"]
    assert timeline(graph, thread("1")).history.branches == 1


def parallel() -> Any:
    def one(state: State) -> Any:
        return {"log": [interrupt("first?")]}

    def other(state: State) -> Any:
        return {"log": [interrupt("second?")]}

    builder = StateGraph(State).add_node(one).add_node(other).add_edge(START, "one").add_edge(START, "other")
    graph = builder.compile(checkpointer=InMemorySaver())
    graph.invoke({"log": []}, thread("1"))
    return graph


def test_of_two_questions_one_is_answered_and_the_other_stays_open() -> None:
    graph = parallel()
    first, second = asked(graph, "form", -1, kind="answer")["form"]["questions"]
    assert (first["text"], second["text"]) == ("'first?'", "'second?'")
    assert "no answer was given" in asked(graph, "answer", -1, {first["id"]: " "})["error"]
    assert "begins like JSON" in asked(graph, "answer", -1, {first["id"]: "{no"})["error"]
    assert asked(graph, "answer", -1, {first["id"]: "1"})["error"] == ""
    (left,) = asked(graph, "form", -1, kind="answer")["form"]["questions"]
    assert left == second
    asked(graph, "answer", -1, {left["id"]: "2"})
    assert sorted(graph.get_state(thread("1")).values["log"]) == [1, 2]
    assert "no question is open" in asked(graph, "form", -1, kind="answer")["error"]


def test_a_subgraphs_question_is_answered_at_the_step_that_ran_it() -> None:
    inner = StateGraph(State).add_node(ask).add_edge(START, "ask").compile()
    graph = StateGraph(State).add_node("inner", inner).add_edge(START, "inner")
    graph = graph.compile(checkpointer=InMemorySaver())
    graph.invoke({"log": ["in"]}, thread("1"))
    found = timeline(graph, thread("1"))
    last = found.history.steps[-1]
    (below,) = found.history.inner[last.checkpoint_id]
    assert below.steps[-1].state == "waiting" and found.source is not None
    (question,) = asked(graph, "form", -1, kind="answer")["form"]["questions"]
    asked(graph, "answer", -1, {question["id"]: "yes"})
    assert graph.get_state(thread("1")).values["log"][-1] == "yes"


def test_a_subgraph_below_its_step_is_forked() -> None:
    inner = StateGraph(State).add_node(ask).add_edge(START, "ask").compile()
    graph = StateGraph(State).add_node("inner", inner).add_edge(START, "inner")
    graph = graph.compile(checkpointer=InMemorySaver())
    graph.invoke({"log": ["in"]}, thread("1"))
    found = timeline(graph, thread("1"))
    (below,) = found.history.inner[found.history.steps[-1].checkpoint_id]
    last = below.steps[-1].checkpoint_id
    assert found.source is not None
    offer = answer(found.source, "", {"do": "form", "id": last, "ns": below.namespace})["form"]
    assert offer["run"] is False and offer["nodes"] == ["ask", "__start__"]
    request = {"do": "fork", "id": last, "ns": below.namespace, "edits": {"x": "9"}, "as_node": ""}
    said = answer(found.source, "", request)
    assert said["error"] == "" and said["new"] in said["html"]
    assert found.source.inside(below.namespace).read().steps[-1].values["x"] == 9
