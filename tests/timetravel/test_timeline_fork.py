"""A fork from a timeline: what may be edited, what is written, and that nothing that is there is touched."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.config import get_config
from langgraph.graph import START, MessagesState, StateGraph
from timeline_graphs import State, a, ask, c, chain, forked, thread, waiting_at

from timetravel import timeline
from timetravel.errors import TimelineError, WrongUse
from timetravel.live.editing import edited, offered
from timetravel.live.fork import form
from timetravel.live.widget import answer


def rows(db: Path) -> dict[Any, Any]:
    connection = sqlite3.connect(db)
    found = {
        (table, *row[: 3 if table == "checkpoints" else 5]): row
        for table in ("checkpoints", "writes")
        for row in connection.execute(f"SELECT * FROM {table}")
    }
    connection.close()
    return found


def ask_for(graph: Any, name: str, step: Any, /, **asked: Any) -> dict[str, Any]:
    source = timeline(graph, thread(name)).source
    assert source is not None
    id_ = step["configurable"]["checkpoint_id"]
    return answer(source, "lgtl-test", {"do": "fork", "id": id_, "edits": {}, "as_node": "", **asked})


def test_a_fork_leaves_every_old_row_as_it_was(db: Path, saver: SqliteSaver) -> None:
    graph = forked(saver)
    before = rows(db)
    start = waiting_at(graph, thread("forks"), "b")
    said = ask_for(graph, "forks", start, edits={"x": "7"}, run=True)
    assert said["error"] == "" and said["new"] in said["html"] and 'data-live="lgtl-test"' in said["html"]
    after = rows(db)
    assert {key: row for key, row in after.items() if key in before} == before
    assert len(after) > len(before)
    values = graph.get_state(thread("forks")).values
    assert values == {"log": ["in", "a", "b", "c"], "x": 8}


def test_an_edit_is_what_the_state_becomes_whatever_the_reducer() -> None:
    graph = forked()
    start = waiting_at(graph, thread("forks"), "b")
    made = ask_for(graph, "forks", start, edits={"log": '["other"]'})
    state = graph.get_state(
        {"configurable": {**thread("forks")["configurable"], "checkpoint_id": made["new"]}}
    )
    assert state.values == {"log": ["other"], "x": 50}
    assert state.next == ("b",) and state.metadata["source"] == "update"


def test_the_node_that_is_named_counts_as_the_writer() -> None:
    graph = forked()
    start = waiting_at(graph, thread("forks"), "b")
    ask_for(graph, "forks", start, as_node="b")
    assert graph.get_state(thread("forks")).next == ("c",)
    said = ask_for(graph, "forks", start, as_node="nope")
    assert said == {"error": "not forked: InvalidUpdateError: Node nope does not exist"}


def test_what_goes_wrong_is_one_line_and_says_whether_there_is_a_fork() -> None:
    graph = forked()
    start = waiting_at(graph, thread("forks"), "b")
    count = len(timeline(graph, thread("forks")))
    said = ask_for(graph, "forks", start, edits={"x": "{1"})
    assert said["error"].startswith("`x` is no JSON: ") and "\n" not in said["error"]
    assert len(timeline(graph, thread("forks"))) == count
    said = ask_for(graph, "forks", start, edits={"x": "500"}, run=True)
    assert said["error"] == "forked, and the run then failed: KeyError: 'boom <b>'"
    assert "boom &lt;b&gt;" in said["html"]
    assert len(timeline(graph, thread("forks"))) == count + 1
    source = timeline(graph, thread("forks")).source
    assert source is not None
    assert "not in the database" in answer(source, "", {"do": "form", "id": "1ef-gone"})["error"]


def test_the_form_offers_what_json_can_hold() -> None:
    def mixed(state: State) -> Any:
        return {"log": [{1, 2}], "x": 3}

    graph = chain(a, mixed)
    graph.invoke({"log": []}, thread("1"))
    found = timeline(graph, thread("1"))
    assert found.source is not None
    first, last = found.history.steps[1], found.history.steps[-1]
    assert form(found.source, last.checkpoint_id) == {
        "channels": [{"name": "log", "json": None}, {"name": "x", "json": "3"}],
        "nodes": ["a", "mixed", "__start__"],
        "run": True,
    }
    assert form(found.source, first.checkpoint_id)["channels"][-1] == {"name": "x", "json": ""}
    with pytest.raises(WrongUse, match="cannot be edited"):
        from timetravel.live.fork import fork

        fork(found.source, last.checkpoint_id, {"log": "[]"}, None)


@pytest.mark.parametrize("value", [None, True, 1, 1.5, "x\n", [1, [2]], {"a": {"b": [None]}}, [], {}])
def test_json_values_come_back_as_they_went(value: Any) -> None:
    text = offered(value)
    assert text is not None
    again = edited(text, value, "x")
    assert again == value and type(again) is type(value)


@pytest.mark.parametrize("value", [(1,), {1: 2}, {1, 2}, b"x", float("nan"), object(), [1, (2,)], 1j])
def test_what_json_would_change_is_not_offered(value: Any) -> None:
    assert offered(value) is None


def test_messages_are_edited_by_their_content_and_keep_the_rest() -> None:
    call = {"name": "find", "args": {"q": 1}, "id": "c1", "type": "tool_call"}
    old = [HumanMessage("hi", id="1"), AIMessage("let me see", id="2", tool_calls=[call])]
    text = offered(old)
    assert text is not None
    plain = json.loads(text)
    assert plain[1] == {"type": "ai", "content": "let me see", "id": "2"}
    plain[1]["content"] = "done"
    found = edited(json.dumps([plain[1], {"type": "human", "content": "new"}]), old, "messages")
    assert found[0] == old[1].model_copy(update={"content": "done"}) and found[0].tool_calls
    assert isinstance(found[1], HumanMessage) and found[1].content == "new"
    for wrong in ("{}", "[1]", '[{"type": "nonsense", "content": "x"}]'):
        with pytest.raises(WrongUse, match="messages"):
            edited(wrong, old, "messages")


def test_a_conversation_is_corrected_and_goes_on() -> None:
    def reply(state: MessagesState) -> Any:
        return {"messages": [AIMessage(f"you said {state['messages'][-1].content}")]}

    graph = StateGraph(MessagesState).add_node(reply).add_edge(START, "reply")
    graph = graph.compile(checkpointer=InMemorySaver())
    graph.invoke({"messages": [("user", "hi")]}, thread("1"))
    start = waiting_at(graph, thread("1"), "reply")
    (message,) = graph.get_state(start).values["messages"]
    edit = json.dumps([{"type": "human", "content": "hello", "id": message.id}])
    assert ask_for(graph, "1", start, edits={"messages": edit}, run=True)["error"] == ""
    found = graph.get_state(thread("1")).values["messages"]
    assert [one.content for one in found] == ["hello", "you said hello"] and found[0].id == message.id


def test_a_question_is_asked_again_on_the_new_branch() -> None:
    graph = chain(a, ask, c)
    graph.invoke({"log": []}, thread("1"))
    start = waiting_at(graph, thread("1"), "ask")
    said = ask_for(graph, "1", start, edits={"x": "9"}, run=True)
    assert said["error"] == "" and "waits for an answer" in said["html"]


def test_a_subgraph_is_forked_while_it_waits_and_does_not_run_alone() -> None:
    inner = StateGraph(State).add_node(ask).add_edge(START, "ask").compile()
    graph = StateGraph(State).add_node("inner", inner).add_edge(START, "inner")
    graph = graph.compile(checkpointer=InMemorySaver())
    graph.invoke({"log": ["in"]}, thread("1"))
    inside = timeline(graph, thread("1")).history.steps[-1].tasks[0].namespace
    found = timeline(graph, {"configurable": {**thread("1")["configurable"], "checkpoint_ns": inside}})
    assert found.source is not None
    last = found.history.steps[-1]
    offer = form(found.source, last.checkpoint_id)
    assert offer["run"] is False and offer["nodes"] == ["ask", "__start__"]
    asked = {"do": "fork", "id": last.checkpoint_id, "edits": {"log": '["other"]'}, "as_node": ""}
    said = answer(found.source, "", asked)
    assert said.get("error") == "", said
    again = found.source.read()
    assert len(again.steps) == len(found) + 1 and again.steps[-1].values["log"] == ["other"]


def test_only_a_graph_can_be_forked_on(db: Path, saver: SqliteSaver) -> None:
    graph = forked(saver)
    assert timeline(db, "forks").source is None
    assert timeline(list(graph.get_state_history(thread("forks")))).source is None
    assert "fork from" not in timeline(db, "forks").to_html_page().lower().replace(
        "left behind by a fork", ""
    )


def test_a_workflow_of_one_value_says_that_it_has_no_channels() -> None:
    from langgraph.func import entrypoint

    @entrypoint(checkpointer=InMemorySaver())
    def double(x: int) -> int:
        return 2 * x

    double.invoke(4, thread("1"))
    found = timeline(double, thread("1"))
    assert found.source is not None
    with pytest.raises(TimelineError, match="one value"):
        form(found.source, found.history.steps[-1].checkpoint_id)


def test_without_a_front_end_there_is_no_widget() -> None:
    bundle = timeline(forked(), thread("forks"))._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"} and "data-live=" not in bundle["text/html"]


def test_a_run_goes_on_with_the_config_of_the_timeline() -> None:
    seen: list[Any] = []

    def who(state: State) -> Any:
        seen.append(get_config()["configurable"].get("user_id"))
        return {"x": 1}

    builder = StateGraph(State).add_node("a", a).add_node("who", who)
    builder.add_edge(START, "a").add_edge("a", "who")
    graph = builder.compile(checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "1", "user_id": "mara"}}
    graph.invoke({"log": []}, config)
    source = timeline(graph, config).source
    assert source is not None
    start = waiting_at(graph, config, "who")["configurable"]["checkpoint_id"]
    answer(source, "", {"do": "fork", "id": start, "edits": {}, "as_node": None, "run": True})
    assert seen == ["mara", "mara"]
