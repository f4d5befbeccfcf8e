"""What lesson 03 claims, asserted from what it shows."""

from __future__ import annotations

from functools import partial
from typing import Any, TypedDict

import pytest
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.errors import GraphBubbleUp
from langgraph.func import task
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode
from langgraph.types import Command, Send, interrupt
from pydantic import BaseModel, ConfigDict

from tests.lesson import executed

MODULE = "03_people"
shown = partial(executed.shown, MODULE)

pytestmark = pytest.mark.slow


class Refund(TypedDict, total=False):
    paid: bool


class Yes(BaseModel):
    model_config = ConfigDict(strict=True)
    approved: bool


def chain(*nodes: Any) -> Any:
    builder = StateGraph(Refund).add_sequence([(node.__name__, node) for node in nodes])
    return builder.add_edge(START, nodes[0].__name__).compile(checkpointer=InMemorySaver())


THREAD: Any = {"configurable": {"thread_id": "t"}}


def test_a_resumed_node_runs_again_from_its_first_line():
    asked = "asks: Order 4711 broke. Money back?\n"
    assert shown('elsewhere("refund.py", None)') == asked * 2
    lines = shown("Command(resume=True))\nprint(*bank_book()").splitlines()
    assert lines == ["Refunded.", *["set aside 49 EUR"] * 3, "pay out what was set aside"]


def test_a_deploy_gives_answers_to_the_wrong_questions():
    said, executed_with = shown('"executed:"').splitlines()
    assert said == "{'Our customer?': 'the sum is right', 'Right sum?': 'pay it', 'Pay it?': 'pay it!'}"
    assert executed_with == "executed: [2, 2, 3, 3]"


def test_without_a_saver_nothing_is_raised_and_a_broad_except_swallows():
    text = shown("build(ask, None)")
    assert "'__interrupt__'" in text
    assert "caught GraphInterrupt" in text


def test_new_input_drops_the_question():
    assert shown("Are you still there?").splitlines() == [
        "open questions: 1",
        "open questions: 0",
        "approved: {'order': 0}",
    ]


def test_what_counts_as_an_answer():
    text = shown('for answer in (True, False, "false", {}, None)')
    assert [line.split(maxsplit=1)[1] for line in text.splitlines()] == [
        "returned True",
        "returned False",
        "returned 'false'",
        "asks again",
        "UnboundLocalError, still open: 1",
    ]


def test_a_late_answer_is_taken_for_success():
    assert shown('"the late yes:"') == "the late yes: {'order': 1, 'paid': False}\n"


def test_an_answer_is_kept_when_its_node_fails_and_no_later_one_counts():
    out = shown("def ask_and_pay")
    assert "still listed as open: True" in out
    assert "no, after all: {'order': 1, 'paid': True}" in out


def test_a_schema_describes_the_answer_and_refuses_what_does_not_fit():
    assert shown("response_schema[").splitlines() == [
        "approved {'title': 'Approved', 'type': 'boolean'}",
        "cents {'minimum': 0, 'title': 'Cents', 'type': 'integer'}",
    ]
    told = [line.strip() for line in shown("too_much = ").splitlines()[1::2]]
    refused = "ValidationError, still open: 1, then 3000"
    taken = [f"{{'order': 1, 'cents': {cents}, 'approved': True}}" for cents in (3000, 500000)]
    assert told == [*taken, *[refused] * 4]


def test_without_an_id_the_schema_is_never_asked():
    lax, asks, crashes = shown("lax:").splitlines()[:3]
    assert lax == "lax: approved=False cents=0"
    assert asks == "{} | ['order', 'cents', '__interrupt__']"
    assert crashes.startswith("None | UnboundLocalError")


def test_one_of_three_questions_is_answered_by_its_id():
    lines = shown("def decide").splitlines()
    assert "you must specify the interrupt id" in " ".join(lines[:-2])
    assert lines[-2:] == [
        "ran: [7, 8, 9] | open: [7, 9] | ['8: False']",
        "ran: [7, 9] | open: [] | ['7: True', '8: False', '9: True']",
    ]


def test_a_tool_that_asks_repeats_its_neighbours_unless_each_has_a_branch():
    kinds = "['human', 'ai', 'tool', 'tool', 'ai'] mail sent, paid"
    assert shown("def ask_and_approve") == f"{kinds} | mails: 2\n"
    assert shown("def one_branch_each") == f"{kinds} | mails: 1\n"


def test_interrupt_before_is_not_kept_and_takes_a_no_for_a_yes():
    assert shown('thread("f"), interrupt_before').splitlines() == [
        "next: ('tools',) | questions: ()",
        "bank: pay back order 7",
    ]
    assert shown('Command(resume=False), thread("g")').splitlines() == [
        "held before: ('tools',)",
        "paid | bank: ['pay back order 7', 'pay back order 7']",
    ]


def test_two_approvers_charge_twice():
    assert shown('"charges:"').endswith("charges: [4711, 4711]\n")


def test_an_effect_runs_once_in_a_node_before_a_node_after_or_a_task():
    done: list[str] = []

    @task
    def in_a_task() -> None:
        done.append("task")

    def before(state: Refund) -> Refund:
        done.append("before")
        return {}

    def ask(state: Refund) -> Refund:
        in_a_task().result()
        return {"paid": interrupt("Refund?")}

    def after(state: Refund) -> Refund:
        done.append("after")
        return {}

    graph = chain(before, ask, after)
    for given in ({}, None, Command(resume=True)):
        graph.invoke(given, THREAD)
    assert done == ["before", "task", "after"]


def test_a_broad_except_lets_the_question_through_by_its_base_class():
    def ask(state: Refund) -> Refund:
        try:
            return {"paid": interrupt("Refund?")}
        except GraphBubbleUp:
            raise
        except Exception:
            return {"paid": False}

    graph = chain(ask)
    assert "__interrupt__" in graph.invoke({}, THREAD)
    assert graph.invoke(Command(resume=True), THREAD)["paid"] is True


def test_a_broad_except_swallows_what_the_schema_refused():
    def ask(state: Refund) -> Refund:
        try:
            return {"paid": interrupt("Refund?", response_schema=Yes).approved}
        except GraphBubbleUp:
            raise
        except Exception:
            return {"paid": False}

    graph = chain(ask)
    asked = graph.invoke({}, THREAD)["__interrupt__"][0]
    assert graph.invoke(Command(resume={asked.id: {"approved": "x"}}), THREAD) == {"paid": False}
    assert not graph.get_state(THREAD).interrupts


def test_a_schema_given_as_a_dict_checks_nothing():
    def ask(state: Refund) -> Refund:
        return {"paid": interrupt("Refund?", response_schema=Yes.model_json_schema())}

    graph = chain(ask)
    asked = graph.invoke({}, THREAD)["__interrupt__"][0]
    assert asked.response_schema["required"] == ["approved"]
    assert graph.invoke(Command(resume={asked.id: "no"}), THREAD) == {"paid": "no"}


def test_a_skipped_question_moves_the_answers():
    heard: list[list[Any]] = []

    def ask(state: Refund) -> Refund:
        first = not heard
        heard.append([])
        if first:
            heard[-1].append(interrupt("Right sum?"))
        heard[-1].append(interrupt("Pay it?"))
        return {"paid": heard[-1][-1]}

    graph = chain(ask)
    graph.invoke({}, THREAD)
    assert graph.invoke(Command(resume="the sum is right"), THREAD) == {"paid": "the sum is right"}


def test_the_lesson_gives_no_answer_of_an_exercise_away():
    assert "flock" not in executed.code(MODULE)


def test_a_node_that_invokes_a_subgraph_that_asks_runs_its_own_lines_again():
    done: list[str] = []

    def ask(state: Refund) -> Refund:
        return {"paid": interrupt("Refund?")}

    inner = StateGraph(Refund).add_node(ask).add_edge(START, "ask").compile()

    def outer(state: Refund) -> Refund:
        done.append("outer")
        return {"paid": inner.invoke(state)["paid"]}

    graph = chain(outer)
    graph.invoke({}, THREAD)
    assert graph.invoke(Command(resume=True), THREAD) == {"paid": True}
    assert done == ["outer", "outer"]


def test_without_a_saver_there_is_nothing_to_resume():
    graph = (
        StateGraph(Refund).add_node("ask", lambda _: {"paid": interrupt("Refund?")}).add_edge(START, "ask")
    )
    shop = graph.compile()
    assert "__interrupt__" in shop.invoke({})
    with pytest.raises(RuntimeError, match="without checkpointer"):
        shop.invoke(Command(resume=True))


def test_a_node_after_the_answer_can_route_back_and_ask_again():
    def ask(state: Refund) -> Refund:
        return {"paid": interrupt("Refund?")}

    graph = (
        StateGraph(Refund)
        .add_node(ask)
        .add_edge(START, "ask")
        .add_node("check", lambda _: {})
        .add_edge("ask", "check")
        .add_conditional_edges("check", lambda state: END if state["paid"] else "ask", ["ask", END])
        .compile(checkpointer=InMemorySaver())
    )
    first = graph.invoke({}, THREAD)["__interrupt__"][0]
    again = graph.invoke(Command(resume={first.id: False}), THREAD)["__interrupt__"][0]
    assert again.id != first.id
    assert graph.invoke(Command(resume={again.id: True}), THREAD) == {"paid": True}


def test_a_tool_in_a_branch_of_its_own_still_runs_the_lines_above_its_question_again():
    looked: list[int] = []

    @tool
    def refund(order: int) -> str:
        """Pay an order back."""
        looked.append(order)
        return "paid" if interrupt("Refund?") else "declined"

    call = {"name": "refund", "args": {"order": 7}, "id": "1"}
    builder = StateGraph(MessagesState).add_node("tools", ToolNode([refund]))
    builder.add_conditional_edges(
        START, lambda state: [Send("tools", [call | {"type": "tool_call"}])], ["tools"]
    )
    graph = builder.compile(checkpointer=InMemorySaver())
    graph.invoke({"messages": ["Money back?"]}, THREAD)
    assert graph.invoke(Command(resume=True), THREAD)["messages"][-1].text == "paid"
    assert looked == [7, 7]


def test_update_state_hides_the_question_and_only_a_new_one_has_an_id():
    def ask(state: Refund) -> Refund:
        return {"paid": interrupt("Refund?")}

    graph = chain(ask)
    asked = graph.invoke({}, THREAD)["__interrupt__"][0]
    graph.update_state(THREAD, {"paid": False})
    assert not graph.get_state(THREAD).interrupts
    assert graph.get_state(THREAD).next == ("ask",)
    by_the_old_id = graph.invoke(Command(resume={asked.id: True}), THREAD)
    again = graph.invoke(None, THREAD)["__interrupt__"][0]
    assert by_the_old_id["paid"] is False
    assert again.id != asked.id
    assert graph.invoke(Command(resume={again.id: True}), THREAD) == {"paid": True}
