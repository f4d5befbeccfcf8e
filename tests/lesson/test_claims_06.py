"""What lesson 06 shows, by its own outputs: each assertion is one claim of its prose.

What it says without a cell is run at the end.
"""

from __future__ import annotations

import operator
from functools import partial
from typing import Annotated, Any, TypedDict

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import START, StateGraph
from langgraph.types import Command, StateUpdate, interrupt

from course.stage import connect
from tests.lesson import executed

MODULE = "06_time_travel"
A: Any = {"configurable": {"thread_id": "a"}}
shown = partial(executed.shown, MODULE)

pytestmark = pytest.mark.slow


class Counted(TypedDict, total=False):
    order: int
    times: int


class Outer(TypedDict, total=False):
    order: int


class Log(TypedDict, total=False):
    log: Annotated[list[str], operator.add]


def test_a_replay_sends_the_lilies_again_and_cuts_the_thread_short():
    text = shown("graph.invoke(None, lilies.config)")
    assert text.count("lilies to 5 Elm Road") == 2
    assert "Ida's last words: Please send lilies." in text


def test_reading_runs_nothing_and_tells_what_a_task_returned():
    text = shown("parcels sent by reading")
    assert "checkpoints: 33 | begun by an input: 6" in text
    assert "deliver {'sent': ['lilies to 5 Elm Road']}" in text
    assert "parcels sent by reading: 0" in text


def test_the_list_is_in_order_of_time_and_not_of_steps():
    lines = shown("show(reversed(history[:10]))").splitlines()
    assert [int(line.split()[1]) for line in lines] == [22, 23, 24, 25, 26, 27, 28, 22, 23, 24]


def test_the_branch_leaves_out_what_was_left():
    assert "in the list: 33 | on the branch: 26" in shown("def branch(config)")


def test_halving_ends_at_the_node_that_took_the_sisters_address():
    assert shown("def look(number)").splitlines()[-1] == "checkpoint 11: 12 Hill Road"
    text = shown("culprit, last_good = current[12], current[11]")
    assert "note returned {'address': '5 Elm Road'}" in text
    assert "My sister lives" in text


def test_the_list_turns_twice_where_the_branch_does_not():
    text = shown("def stretches(snapshots)")
    assert "list:   ['right x 12', 'wrong x 21', 'right x 1']" in text
    assert "branch: ['right x 13']" in text


def test_a_replay_changes_no_old_row():
    text = shown("def rows()")
    assert text.count("changed or gone 0, new 3") == 2
    assert "Ida's last words: Please send tulips." in text


def test_a_copy_puts_the_thread_back_and_not_the_world():
    text = shown("def put_back(snapshot)")
    assert "Thank you. | source: fork" in text
    assert "ledger: 4 parcels" in text


def test_interrupt_before_does_not_hold_the_first_node():
    text = shown("def parcels_sent_by")
    assert "from before note:    0" in text
    assert "from before deliver: 1" in text


def test_a_fork_is_used_only_by_its_own_config():
    text = shown("fork = graph.update_state(culprit.config")
    assert "old config: 5 Elm Road" in text
    assert "the fork:   12 Hill Road" in text
    assert "old rows changed: 0" in text


def test_a_correction_at_the_end_leaves_the_conclusions():
    text = shown("at_end = graph.update_state(end.config")
    assert "next: () | address: 12 Hill Road" in text
    assert "lilies to 5 Elm Road" in text


def test_input_begins_a_new_turn():
    text = shown('stream_mode="updates"')
    assert text.splitlines()[:2] == ["['reply']", "['note', 'deliver', 'reply']"]


def test_an_update_goes_through_the_reducer():
    lines = shown('("same id  "').splitlines()
    assert [line.split("sent to ")[1] for line in lines] == [
        "12 Hill Road, broken: True",
        "12 Hill Road, broken: False",
        "12 Hill Road, broken: False",
    ]
    assert [line[10:].split("sent to")[0].split() for line in lines] == [
        ["human", "ai", "ai", "tool"],
        ["human", "ai", "tool"],
        ["ai", "tool"],
    ]
    assert shown("def florist(state)") == "('tools',) {'to': '5 Elm Road'}\n"


def test_a_misspelt_key_is_dropped_without_a_word():
    assert "keys: ['address', 'messages', 'sent']" in shown('"adress"')


def test_as_node_names_the_writer():
    following = [line.split("next: ")[1] for line in shown("as_node={name!s:<8} next").splitlines()]
    assert following == ["('deliver',)", "('deliver',)", "('reply',)", "()"]


def test_two_last_writers_are_ambiguous_and_names_are_checked():
    text = shown('for name in (None, "west", "south")')
    assert "Ambiguous update, specify as_node" in text
    assert "Node west does not exist" in text


def test_what_was_pending_shows_without_an_id_and_is_dropped_by_an_update():
    text = shown("by its id:")
    assert "by name:   ['roses', 'north: 40'] next: ('south',)" in text
    assert "by its id: ['roses']" in text
    text = shown("south: 35, by telephone")
    assert "north" not in text
    assert "next: ()" in text


def test_a_wrong_id_is_amnesia_in_the_same_thread():
    text = shown("ghost = thread(")
    assert "before: 12 messages" in text
    assert "read:   {}" in text
    assert "after: 2 messages" in text
    assert "KeyError: 'checkpoint_ns'" in shown("metadata of a ghost")


def test_a_replay_inside_a_subgraph_runs_all_of_it_unless_it_keeps_checkpoints():
    plain, keeping = shown("def replay_from_tie").splitlines()
    assert plain.endswith("['cut', 'tie', 'wrap', 'label']")
    assert keeping.endswith("['tie', 'wrap', 'label']") and "cut" not in keeping


def test_a_subgraph_with_its_own_checkpoints_keeps_its_state_over_runs():
    def count(state: Counted) -> dict[str, int]:
        counts.append(state.get("times", 0) + 1)
        return {"times": counts[-1]}

    inner = StateGraph(Counted).add_node(count).add_edge(START, "count")
    for keeps, expected in ((None, [1, 1]), (True, [1, 2])):
        counts: list[int] = []
        builder = (
            StateGraph(Outer).add_node("inner", inner.compile(checkpointer=keeps)).add_edge(START, "inner")
        )
        graph = builder.compile(checkpointer=(saver := InMemorySaver()))
        graph.invoke({"order": 1}, A)
        graph.invoke({"order": 2}, A)
        assert counts == expected
        spaces = {saved.config["configurable"]["checkpoint_ns"] for saved in saver.list(A)}
        assert ("inner" in spaces) == bool(keeps)


def test_the_store_is_not_rewound_and_can_be_compensated():
    text = shown("visits.update_state(good.config")
    assert "thread: 1 Mill Lane\nstore:  9 Elm Road" in text
    assert "left in the journal: [{'before': None}]" in text
    assert "thread: 1 Mill Lane\nstore:  1 Mill Lane" in shown('journal[-1]["before"]')


# What the text says, and no cell of the lesson shows.


def asked(state: Counted) -> dict[str, int]:
    return {"times": interrupt("How many?")}


def test_a_replay_asks_an_answered_question_again():
    graph = StateGraph(Counted).add_node(asked).add_edge(START, "asked").compile(checkpointer=InMemorySaver())
    graph.invoke({"order": 1}, A)
    assert graph.invoke(Command(resume=3), A)["times"] == 3
    asking = next(s for s in graph.get_state_history(A) if s.next == ("asked",))
    assert graph.invoke(None, asking.config)["__interrupt__"][0].value == "How many?"


def growers(saver: Any) -> Any:
    def south(state: Log) -> dict[str, list[str]]:
        raise ConnectionError

    builder = StateGraph(Log).add_node("north", lambda _: {"log": ["north"]}).add_node(south)
    builder.add_node("choose", lambda _: {"log": ["chosen"]}).add_edge(["north", "south"], "choose")
    return builder.add_edge(START, "north").add_edge(START, "south").compile(checkpointer=saver)


def test_the_history_shows_what_was_saved_and_bulk_update_state_enters_neighbours_as_one_step():
    graph = growers(InMemorySaver())
    with pytest.raises(ConnectionError):
        graph.invoke({"log": ["roses"]}, A)
    waiting, newest = graph.get_state(A), next(iter(graph.get_state_history(A)))
    assert (waiting.values["log"], newest.values["log"]) == (["roses", "north"], ["roses"])
    results = [StateUpdate({"log": [name]}, name) for name in ("north", "south")]
    graph.bulk_update_state(A, [results])
    assert graph.get_state(A).next == ("choose",)
    assert graph.invoke(None, A)["log"] == ["roses", "north", "south", "chosen"]


def test_a_state_that_is_written_back_is_added_to_itself():
    graph = StateGraph(Log).add_node("one", lambda _: {"log": ["one"]}).add_edge(START, "one")
    graph = graph.compile(checkpointer=InMemorySaver())
    values = graph.invoke({"log": []}, A)
    graph.update_state(A, values)
    assert graph.get_state(A).values["log"] == ["one", "one"]


def test_reading_costs_one_query_for_each_snapshot_and_one_more():
    asked_for: list[str] = []
    connection = connect(":memory:")
    graph = StateGraph(Log).add_node("one", lambda _: {"log": ["one"]}).add_edge(START, "one")
    graph = graph.compile(checkpointer=SqliteSaver(connection))
    graph.invoke({"log": []}, A)
    connection.set_trace_callback(asked_for.append)
    snapshots = list(graph.get_state_history(A))
    assert len([each for each in asked_for if "select" in each.lower()]) == len(snapshots) + 1


def test_the_timeline_of_the_thread_has_eight_branches():
    drawn = [c["outputs"] for c in executed.cells(MODULE) if "".join(c["source"]) == "timeline(graph, ida)"]
    assert len(drawn) == 1 and "8 branches" in "".join(drawn[0][0]["data"]["text/html"])
