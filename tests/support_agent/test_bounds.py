"""What a thread and an input may hold, and what is left of a customer who was forgotten."""

from __future__ import annotations

import os
import signal

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.messages.utils import count_tokens_approximately
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.store.memory import InMemoryStore

from course.stage import broken
from course.support_agent import memory
from course.support_agent.context import BUDGET, model_input
from course.support_agent.forget import forget
from course.support_agent.sessions import THREADS
from course.support_agent.shorten import MOST_CALLS
from course.support_agent.state import Context
from course.support_agent.turn import MOST_LETTERS, MOST_MESSAGES
from tests.support_agent.desks import open_desk

HUGE = "brown " * 20_000


def a_round(calls: int, result: str = HUGE, arg: str = HUGE):
    made = [{"name": "find_order", "args": {"order": arg}, "id": f"{n:036}"} for n in range(calls)]
    return [AIMessage("", tool_calls=made), *(ToolMessage(result, tool_call_id=c["id"]) for c in made)]


@pytest.mark.parametrize(
    "messages",
    [
        [HumanMessage(HUGE)],
        [HumanMessage("Why?"), *a_round(1)],
        [HumanMessage(HUGE), *a_round(MOST_CALLS)],
        [HumanMessage("Why?"), *a_round(3), *a_round(MOST_CALLS, "short")],
        [HumanMessage([{"type": "text", "text": HUGE}])],
    ],
    ids=["question", "one result", "all at once", "arguments", "blocks"],
)
def test_no_single_text_puts_an_input_over_the_budget(messages):
    store = InMemoryStore()
    memory.write_instructions(store, "r" * memory.MOST_RULES)
    for number in range(40):
        memory.note_fact(store, "ida", f"{number} {HUGE}", HUGE, {})
    sent = model_input(messages, Context("ida"), store)
    assert BUDGET // 4 < count_tokens_approximately(sent) <= BUDGET
    assert not broken(sent)
    assert [m for m in sent if m.type == "human"][-1].text.startswith(("Why?", "brown"))


def test_what_fits_is_sent_as_it_is():
    messages = [HumanMessage("Why?"), *a_round(2, "brown", "7")]
    assert model_input(messages, Context("ida"), InMemoryStore())[1:] == messages


def test_a_model_that_calls_too_much_at_once_apologises(tmp_path):
    turn = open_desk(tmp_path).say("ida", "t", f"Where are my orders {', '.join(map(str, range(100)))}?")
    assert turn.replies == ["That's more than I can look up at once. Please ask for less at a time."]


def test_instructions_that_would_fill_every_input_are_refused():
    with pytest.raises(ValueError, match="at most"):
        memory.write_instructions(InMemoryStore(), "r" * (memory.MOST_RULES + 1))


def test_a_thread_is_bounded_and_a_message_it_knows_still_comes_again(tmp_path):
    door = open_desk(tmp_path, lambda _: "Yes.")
    with pytest.raises(ValueError, match="letters"):
        door.say("ida", "t", "b" * (MOST_LETTERS + 1))
    said = [HumanMessage("?", id="m1"), *([HumanMessage("?"), AIMessage("Yes.")] * (MOST_MESSAGES // 2))]
    door.say("ida", "t", "?", id="m0")
    here = {"configurable": {"thread_id": "t"}}
    door.graph.update_state(here, {"messages": [m.model_copy() for m in said]}, as_node="model")
    with pytest.raises(ValueError, match="begin another"):
        door.say("ida", "t", "?", id="m2")
    assert door.say("ida", "t", "?", id="m0").replies == []


def words_in(folder, *words: str) -> set[str]:
    found = b"".join(file.read_bytes() for file in folder.iterdir())
    return {word for word in words if word.encode() in found}


def fill(folder):
    door = open_desk(folder)
    for thread in ("t1", "t2"):
        door.say("ida", thread, "Remember: my street is Hill Road 12.")
        door.say("ben", f"b{thread}", "Remember: my street is Sea Road 3.")
    return door


def test_a_forgotten_customer_is_in_no_byte_and_others_are_kept(tmp_path):
    door = fill(tmp_path)
    assert words_in(tmp_path, "Hill Road", "Sea Road") == {"Hill Road", "Sea Road"}
    forget(door, "ida")
    assert words_in(tmp_path, "Hill Road", "Sea Road") == {"Sea Road"}
    assert door.say("ben", "bt1", "What do you know about me?").replies == ["street: Sea Road 3"]
    assert door.say("ida", "t1", "What do you know about me?").replies == ["Nothing yet."]


def test_killed_while_it_forgets_it_is_called_again(tmp_path):
    fill(tmp_path)
    if not (child := os.fork()):
        delete = SqliteSaver.delete_thread

        def dies(self, thread):
            delete(self, thread)
            os.kill(os.getpid(), signal.SIGKILL)

        SqliteSaver.delete_thread = dies
        try:
            forget(open_desk(tmp_path), "ida")
        finally:
            os._exit(1)  # never back into pytest
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert words_in(tmp_path, "Hill Road")
    door = open_desk(tmp_path)
    forget(door, "ida")
    assert not words_in(tmp_path, "Hill Road")
    assert {item.key for item in door.store.search(THREADS)} == {"bt1", "bt2"}
