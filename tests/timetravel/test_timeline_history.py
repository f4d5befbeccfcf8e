"""What a timeline knows of a thread, read from graphs on real savers."""

from __future__ import annotations

import asyncio
from typing import Any, TypedDict

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.func import entrypoint
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import Command, Send
from pydantic import BaseModel
from timeline_graphs import State, a, ask, b, c, chain, failed, forked, thread, waiting_at

from timetravel import timeline
from timetravel.draw.lanes import rows
from timetravel.errors import TimelineError, WrongUse
from timetravel.model.changes import compare


def steps(graph: Any, name: str, **options: Any) -> Any:
    return timeline(graph, thread(name), **options).history.steps


def test_a_linear_run_is_one_lane_oldest_first() -> None:
    graph = chain(a, b)
    graph.invoke({"log": ["in"]}, thread("1"))
    found = steps(graph, "1")
    assert [(step.step, step.source, step.nodes) for step in found] == [
        (-1, "input", ()),
        (0, "loop", ("__start__",)),
        (1, "loop", ("a",)),
        (2, "loop", ("b",)),
    ]
    assert [step.branch for step in found] == [0, 0, 0, 0]
    assert [step.next for step in found] == [(), (), (), ()]  # all that was to run has run
    assert [step.head for step in found] == [False, False, False, True]
    assert found[-1].state == "finished" and found[0].given == {"log": ["in"]}


def test_changes_name_the_channel_and_who_wrote_it() -> None:
    graph = chain(a, b)
    graph.invoke({"log": ["in"]}, thread("1"))
    log, x = steps(graph, "1")[-1].changes
    assert (log.channel, log.kind, log.edit.at, log.edit.added, log.edit.removed) == (
        "log",
        "changed",
        2,
        ["b"],
        [],
    )
    assert (x.before, x.after, x.writers) == (1, 2, ("b",))


def test_forks_get_lanes_to_the_right_and_only_the_last_leads_to_the_head() -> None:
    history = timeline(forked(), thread("forks")).history
    assert [(row.step.source, row.lane) for row in rows(history)] == [
        *[("input", 0), ("loop", 0), ("loop", 0), ("loop", 0), ("loop", 0)],
        *[("fork", 1), ("loop", 1), ("loop", 1)],
        *[("update", 2), ("loop", 2), ("loop", 2)],
    ]
    assert rows(history)[2].opens == (1, 2)
    off = [step.source for step in history.steps if not step.on_path]
    assert off == ["loop", "loop", "fork", "loop", "loop"]
    assert history.branches == 3


def test_an_update_without_a_fork_stays_in_its_lane() -> None:
    graph = chain(a, b)
    graph.invoke({"log": ["in"]}, thread("1"))
    graph.update_state(thread("1"), {"x": 7})
    last = steps(graph, "1")[-1]
    assert (last.source, last.branch, [change.channel for change in last.changes]) == ("update", 0, ["x"])


def test_an_error_is_kept_with_the_task_that_raised_it() -> None:
    graph = failed()
    last = steps(graph, "error")[-1]
    assert (last.state, last.next, last.tasks[0].error) == ("failed", ("b",), "KeyError('boom <b>')")


def test_an_error_that_was_overcome_is_past() -> None:
    tries: list[int] = []

    def flaky(state: State) -> Any:
        tries.append(1)
        if len(tries) == 1:
            raise OSError("line is busy")
        return {"log": ["flaky"]}

    graph = chain(a, flaky)
    with pytest.raises(OSError, match="busy"):
        graph.invoke({"log": []}, thread("1"))
    graph.invoke(None, thread("1"))
    drawn = timeline(graph, thread("1"))
    assert [step.state for step in drawn.history.steps] == ["past", "past", "past", "finished"]
    assert "flaky failed, then went well: OSError('line is busy')" in repr(drawn)


def test_a_question_waits_and_then_was_asked() -> None:
    graph = chain(a, ask, c)
    graph.invoke({"log": []}, thread("1"))
    assert steps(graph, "1")[-1].state == "waiting"
    assert steps(graph, "1")[-1].interrupts == ({"question": "Refund 30 EUR?"},)
    graph.invoke(Command(resume="yes"), thread("1"))
    found = steps(graph, "1")
    assert [step.state for step in found][-3:] == ["past", "past", "finished"]
    assert found[-3].interrupts and found[-2].nodes == ("ask",)


def test_stopping_before_a_node_leaves_it_to_run() -> None:
    graph = chain(a, b)
    graph.invoke({"log": []}, thread("1"), interrupt_before=["b"])
    assert (steps(graph, "1")[-1].state, steps(graph, "1")[-1].next) == ("pending", ("b",))


def test_half_committed_is_told_from_finished() -> None:
    graph, config = chain(a, b), thread("1")
    graph.invoke({"log": []}, config)
    storage = graph.checkpointer.storage["1"][""]
    del storage[max(storage)]  # as after a kill between the writes of `b` and the checkpoint after it
    last = steps(graph, "1")[-1]
    assert (last.state, last.next, last.tasks[0].result) == ("half-committed", (), {"log": ["b"], "x": 2})


def test_durability_exit_says_how_many_steps_it_saved_as_one() -> None:
    graph = chain(a, b)
    graph.invoke({"log": []}, thread("1"), durability="exit")
    (only,) = steps(graph, "1")
    assert (only.step, only.skipped, only.nodes) == (2, 3, ())


def test_sends_are_tasks_of_their_own() -> None:
    builder = StateGraph(State).add_node(a).add_node("w", lambda s: {"log": [s["i"]]}).add_edge(START, "a")
    fan = builder.add_conditional_edges("a", lambda s: [Send("w", {"i": i}) for i in range(3)], ["w"])
    graph = fan.compile(checkpointer=InMemorySaver())
    graph.invoke({"log": []}, thread("1"))
    assert steps(graph, "1")[-1].nodes == ("w", "w", "w")
    assert "w ×3" in repr(timeline(graph, thread("1")))


def test_a_subgraph_names_its_namespace_which_has_a_timeline_too() -> None:
    inner = StateGraph(State).add_node(a).add_node(b).add_edge(START, "a").add_edge("a", "b").compile()
    graph = (
        StateGraph(State).add_node("sub", inner).add_edge(START, "sub").compile(checkpointer=InMemorySaver())
    )
    graph.invoke({"log": []}, thread("1"))
    namespace = steps(graph, "1")[1].tasks[0].namespace
    assert namespace.startswith("sub:")
    config = {"configurable": {"thread_id": "1", "checkpoint_ns": namespace}}
    assert [step.nodes for step in timeline(graph, config).history.steps][-1] == ("b",)


def test_the_functional_api_has_a_history_too() -> None:
    @entrypoint(checkpointer=InMemorySaver())
    def double(x: int) -> int:
        return x * 2

    double.invoke(4, thread("1"))
    assert steps(double, "1")[-1].values == {"__end__": 8}


def test_a_config_with_a_checkpoint_id_still_draws_the_whole_thread() -> None:
    graph = chain(a, b)
    graph.invoke({"log": []}, thread("1"))
    assert len(timeline(graph, waiting_at(graph, thread("1"), "b"))) == 4


def test_a_limit_keeps_the_newest_and_still_knows_what_changed() -> None:
    graph = chain(a, b)
    graph.invoke({"log": []}, thread("1"))
    drawn = timeline(graph, thread("1"), limit=2)
    assert [step.step for step in drawn.history.steps] == [1, 2]
    assert drawn.history.cut and drawn.history.steps[0].nodes == ("a",)
    assert drawn.history.steps[0].changes is not None
    assert len(timeline(graph, thread("1"), limit=99)) == 4


def test_an_empty_thread_says_so() -> None:
    drawn = timeline(chain(a), thread("new"))
    assert len(drawn) == 0
    assert "no checkpoints yet" in repr(drawn) and "no checkpoints yet" in drawn.to_html()


def test_a_state_that_its_own_schema_rejects_is_still_drawn() -> None:
    class Strict(BaseModel):
        x: int = 0

    def bad(state: Strict) -> dict[str, Any]:
        return {"x": "not a number"}

    builder = StateGraph(Strict).add_node(bad).add_node("then", lambda state: {}).add_edge(START, "bad")
    graph = builder.add_edge("bad", "then").compile(checkpointer=InMemorySaver())
    with pytest.raises(ValueError, match="x"):
        graph.invoke({"x": 1}, thread("1"))
    assert steps(graph, "1")[-1].values["x"] == "not a number"


def test_an_async_saver_is_told_what_to_do_and_its_snapshots_are_drawn() -> None:
    async def main() -> Any:
        async with AsyncSqliteSaver.from_conn_string(":memory:") as saver:
            graph = chain(a, b, saver=saver)
            await graph.ainvoke({"log": []}, thread("1"))
            with pytest.raises(TimelineError, match="aget_state_history"):
                timeline(graph, thread("1"))
            return timeline([state async for state in graph.aget_state_history(thread("1"))])

    drawn = asyncio.run(main())
    assert (len(drawn), drawn.history.thread_id) == (4, "1")


@pytest.mark.parametrize(
    ("graph", "config", "says"),
    [
        (StateGraph(State).add_node(a).add_edge(START, "a").compile(), thread("1"), "no checkpointer"),
        (chain(a), {}, "which thread"),
        (chain(a), None, "which thread"),
        (42, thread("1"), "cannot read a int"),
    ],
)
def test_wrong_use_is_explained(graph: Any, config: Any, says: str) -> None:
    with pytest.raises(WrongUse, match=says):
        timeline(graph, config)


def test_list_changes_are_the_smallest_edit() -> None:
    (change,) = compare({"l": [1, 2, 3, 4]}, {"l": [1, 9, 4]}, {})
    assert change.edit is not None
    assert (change.edit.at, list(change.edit.removed), list(change.edit.added)) == (1, [2, 3], [9])
    assert compare({"l": [1]}, {"l": [1]}, {}) == ()
    assert compare({"l": [1]}, {"l": [True]}, {}) != ()


def test_values_that_cannot_be_compared_or_shown_do_no_harm() -> None:
    class Odd:
        def __eq__(self, other: object) -> bool:
            raise RuntimeError

        def __hash__(self) -> int:
            return 1

        def __repr__(self) -> str:
            raise RuntimeError

    class Holder(TypedDict):
        odd: Any

    assert compare({"odd": Odd()}, {"odd": Odd()}, {}) == ()


def test_messages_read_as_role_and_text() -> None:
    def reply(state: MessagesState) -> Any:
        call = {"name": "search", "args": {"q": "x"}, "id": "1"}
        return {"messages": [AIMessage("let me see", tool_calls=[call])]}

    graph = (
        StateGraph(MessagesState)
        .add_node(reply)
        .add_edge(START, "reply")
        .compile(checkpointer=InMemorySaver())
    )
    graph.invoke({"messages": [HumanMessage("hello")]}, thread("1"))
    text = repr(timeline(graph, thread("1")))
    assert "messages + human: hello" in text
    assert "messages + ai: let me see → search(q='x')" in text
