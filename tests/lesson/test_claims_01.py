"""What lesson 01 says of thread ids, checkpoint counts and clocks, by its own outputs and by runs of its claims."""

from __future__ import annotations

import operator
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier, Event, Lock
from typing import Annotated, Any, Literal, TypedDict
from unittest.mock import patch

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.func import entrypoint
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.runtime import Runtime

from course.stage import postgres
from tests.lesson import executed

MODULE = "01_basic"
shown = partial(executed.shown, MODULE)
LAST_ID = "langgraph.checkpoint.base.id._last_v6_timestamp"  #: of this process


def steps(saver: Any) -> Any:
    builder = StateGraph(MessagesState).add_sequence([("one", _say), ("two", _say)])
    return builder.add_edge(START, "one").compile(checkpointer=saver)


def _say(state: MessagesState) -> dict[str, Any]:
    return {"messages": [("ai", f"seen {len(state['messages'])}")]}


def thread(name: str | None) -> Any:
    return {"configurable": {"thread_id": name}}


@pytest.mark.slow
def test_a_restart_forgets_politely():
    assert shown("desk.kill()\ndesk = Desk").splitlines() == [
        "[ended by SIGKILL]",
        "Mara:  Which order was it?",
        "Clerk: Which order do you mean?",
        "[ended by SIGKILL]",
    ]


@pytest.mark.slow
def test_the_saver_remembers_and_not_the_graph():
    assert shown("stranger = ").splitlines() == [
        "You told me about order 4711.",
        "Which order do you mean?",
    ]


@pytest.mark.slow
def test_only_a_missing_key_raises():
    lines = shown('for name in ("mara", "Mara", "nobody")').splitlines()
    assert lines[:4] == [
        "mara holds ['messages']",
        "Mara holds []",
        "nobody holds []",
        'said on 1, read on "1": You told me about order 9.',
    ]
    assert lines[4:6] == [f"somebody else on {name!r}: You told me about order 4712." for name in (None, "")]
    assert [line for line in lines if "Error" in line] == [lines[-1]]


@pytest.mark.slow
def test_three_of_four_wrong_savers_raise():
    lines = shown("def used_after_with").splitlines()
    raised = [line.partition(":")[0] for line in lines if "Error: " in line]
    assert raised == ["ProgrammingError", "TypeError", "ProgrammingError"]
    assert lines[-1] == "You told me about order 4711"


@pytest.mark.slow
def test_three_turns_are_nine_checkpoints_and_27_copies():
    assert len(shown('query = """select metadata').splitlines()) == 9
    lines = shown("copies of messages in all").splitlines()
    assert lines[0] == "step  7  6 messages  next ()"
    assert lines[4:] == ["copies of messages in all: 27", "sync 3", "async 3", "exit 1"]


@pytest.mark.slow
def test_a_turn_saved_by_the_slower_clock_is_lost():
    assert shown("def on_worker").splitlines() == [
        "60 s fast: You told me about order 4711.",
        "0 s fast: You told me about order 4712.",
        "0 s fast: You told me about order 4711.",
    ]


@pytest.mark.slow
def test_a_killed_agent_continues_with_none_and_a_new_message_breaks_its_thread():
    assert shown('Path("deploy").touch()').splitlines() == [
        *["[ended by SIGKILL]"] * 2,
        "find_order ('tools',)",
    ]
    assert shown("def continue_with").splitlines() == [
        "ben ['human', 'ai', 'tool', 'tool', 'ai'] They were sent on Monday.",
        "    a provider would refuse this: False",
        "ida ['human', 'ai', 'human', 'ai'] Hello. How can I help?",
        "    a provider would refuse this: True",
        "[(-1, '__start__'), (0, 'answer'), (1, 'tools'), (2, 'answer'), (3,)]",
    ]


@pytest.mark.slow
def test_a_run_from_an_old_checkpoint_makes_a_branch():
    lines = shown("first_reply = ").splitlines()
    assert lines[1:] == [
        "messages now: 4 | checkpoints: 12",
        "steps: [-1, 0, 1, 2, 2, 3, 3, 4, 4, 5, 6, 7]",
    ]


@pytest.mark.slow
def test_what_is_sent_back_goes_through_the_reducers():
    assert shown('"as role and text"').splitlines() == [
        "ticket: ['opened', 'worked', 'opened', 'worked', 'worked']",
        "with ids: 3",
        "as role and text: 5",
    ]


@pytest.mark.slow
def test_a_thread_poisoned_by_two_writers_is_cured_by_a_reducer():
    assert [line.strip() for line in shown("broken_one = ").splitlines()] == [
        "invoke None | InvalidUpdateError",
        "asked so far: ['north', 'south']",
        "get_state | InvalidUpdateError",
        "asked so far: ['north', 'south']",
        "invoke {'item': 'kettle'} | InvalidUpdateError",
        "asked so far: ['north', 'north', 'south', 'south']",
    ]
    assert shown("dense_rank()").splitlines() == [
        "checkpoint 1: north wrote quotes",
        "checkpoint 1: south wrote quotes",
        "checkpoint 2: north wrote quotes",
        "checkpoint 2: south wrote quotes",
        "4 in history",
    ]
    assert shown("class Summed").splitlines()[1] == "asked so far: ['north', 'north', 'south', 'south']"


@pytest.mark.slow
def test_a_change_in_place_is_saved_by_one_saver_only():
    whole = "{'items': ['kettle', 'gift'], 'count': 2}"
    once = "    items written at steps -1 to 2: [False, True, False, False]"
    assert shown("def compare").splitlines() == [
        f"InMemorySaver returned {whole}",
        "    saved {'items': ['kettle'], 'count': 2}",
        once,
        f"SqliteSaver returned {whole}",
        f"    saved {whole}",
        once,
    ]
    returned = shown("compare(lambda state")
    assert returned.count(f"saved {whole}") == returned.count("[False, True, True, False]") == 2


@pytest.mark.slow
def test_a_shared_thread_mixes_customers_and_metadata_finds_them():
    assert shown("everyone = ").splitlines() == [
        "You told me about order 17.",
        "You told me about order 4711.",
        "{'ben-1'}",
    ]


@pytest.mark.slow
def test_context_is_the_one_place_that_leaves_no_trace():
    lines = shown('"context-secret"').splitlines()
    found = {line[:15].strip(): line[16:] for line in lines[:4]}
    assert "checkpoints" in found["teapot"]
    assert "checkpoints" in found["config-secret"]
    assert "store" in found["espresso"]
    assert found["context-secret"] == "{'files': []}"
    assert "TypeError" in lines[4]


@pytest.mark.slow
def test_of_five_runs_at_once_one_survives():
    lines = shown("runs = [pool.submit").splitlines()
    assert lines[:5] == ["a caller got: You told me about order 4711."] * 5
    assert lines[5] == "messages: 4"


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


def test_strings_numbers_and_booleans_in_configurable_are_saved_and_a_list_is_not():
    graph = steps(InMemorySaver())
    config = {"configurable": {"thread_id": "a", "user": "ben", "level": 2, "vip": True, "basket": ["tea"]}}
    graph.invoke({"messages": ["hi"]}, config)
    metadata = graph.get_state(config).metadata
    assert {"user": "ben", "level": 2, "vip": True}.items() <= metadata.items()
    assert "basket" not in metadata


def turns_with_a_clock_that_is_fast_at_first(saver: Any, seconds: int) -> list[str]:
    """Take three turns, the first by a fast clock, and return what the customer has said by the third one's state."""
    graph, now = steps(saver), time.time_ns
    with patch("time.time_ns", lambda: now() + seconds * 10**9), patch(LAST_ID, None):
        said = graph.invoke({"messages": ["fast"]}, thread("a"))["messages"]
    for text in ("lost", "next"):
        with patch(LAST_ID, None):
            said = graph.invoke({"messages": [text]}, thread("a"))["messages"]
    return [message.text for message in said if message.type == "human"]


@pytest.mark.parametrize("seconds", [2, 60])
def test_a_fast_clock_loses_the_next_turn_also_by_two_seconds(seconds: int):
    assert turns_with_a_clock_that_is_fast_at_first(InMemorySaver(), seconds) == ["fast", "next"]


@pytest.mark.nightly
def test_postgres_takes_the_greatest_id_for_the_newest_too():
    from langgraph.checkpoint.postgres import PostgresSaver

    with PostgresSaver.from_conn_string(postgres("two_clocks")) as saver:
        saver.setup()
        assert turns_with_a_clock_that_is_fast_at_first(saver, 60) == ["fast", "next"]


class Log(TypedDict):
    log: Annotated[list[str], operator.add]


def test_parallel_results_are_merged_in_order_of_node_names():
    south_answered = Event()

    def south(state: Log) -> Log:
        south_answered.set()
        return {"log": ["south"]}

    def north(state: Log) -> Log:
        assert south_answered.wait(30)
        time.sleep(0.1)  # its neighbour's result is saved by then
        return {"log": ["north"]}

    builder = StateGraph(Log).add_node(south).add_node(north)
    graph = builder.add_edge(START, "south").add_edge(START, "north").compile()
    assert graph.invoke({"log": []})["log"] == ["north", "south"]


def test_a_lock_inside_the_node_comes_too_late():
    both, lock = Barrier(2, timeout=60), Lock()

    class Unlucky(InMemorySaver):
        def get_tuple(self, config: Any) -> Any:
            found = super().get_tuple(config)
            both.wait()
            return found

    def locked(state: MessagesState) -> dict[str, Any]:
        with lock:
            return _say(state)

    saver = Unlucky()
    graph = StateGraph(MessagesState).add_node(locked).add_edge(START, "locked").compile(checkpointer=saver)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda text: graph.invoke({"messages": [text]}, thread("a")), ["one", "two"]))
    newest = next(saver.list(thread("a")))
    assert len(newest.checkpoint["channel_values"]["messages"]) == 2
