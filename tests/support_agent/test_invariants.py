"""The ten invariants: a good day keeps them all, and a desk broken in one place breaks just its own."""

from __future__ import annotations

import sqlite3

import pytest
from langchain_core.messages import AIMessage, SystemMessage

from course.support_agent import context, graph, loop, memory, refunds
from course.support_agent.invariants import RULES, problems
from course.support_agent.sessions import Door
from course.support_agent.shop import SqliteShop
from tests.support_agent.days import CANARIES, Day

YES = {"order": "7", "approve": True}
LARGE = "I want 30.00 back for order 7, the tulips were brown."


def broken(day: Day) -> set[str]:
    return {problem.split()[0] for problem in problems(day.evidence())}


def test_a_day_with_a_bit_of_everything_keeps_them_all(tmp_path):
    day = Day(tmp_path)
    day.ordinary()
    seen = day.evidence()
    assert problems(seen) == []
    assert len(seen.sent) > 10 and len(seen.ledger) == 1 and all(CANARIES.values())


def a_key_for_each_call(day, patch):
    refund, calls = SqliteShop.refund, iter(range(9))
    patch.setattr(SqliteShop, "refund", lambda self, key, *rest: refund(self, f"{key}:{next(calls)}", *rest))
    day.say("ida", "ida", LARGE)
    day.say("ida", "ida2", LARGE)
    day.answer("mia", "ida", YES)
    day.answer("mia", "ida2", YES)


def the_policy_decides_everything(day, patch):
    patch.setattr(refunds, "LIMIT", 10**6)
    day.say("ida", "ida", LARGE)


def it_says_that_it_could_not(day, patch):
    told = refunds.told
    patch.setattr(refunds, "told", lambda *given: ("We could not refund order 7.", told(*given)[1]))
    day.say("ida", "ida", LARGE)
    day.answer("mia", "ida", YES)


def a_lost_call_stays_open(day, patch):
    """Leave a call without a result, as a kill does, and go on by a new message instead of a resume."""
    patch.setattr(loop, "admit", lambda state: {})
    day = Day(day.door.path.parent)
    day.say("ida", "ida", "Where is my order 7?")
    call = {"name": "find_order", "args": {"order": "8"}, "id": "lost"}
    here = {"configurable": {"thread_id": "ida"}}
    day.door.graph.update_state(here, {"messages": [AIMessage("", tool_calls=[call])]}, as_node="tell")
    day.say("ida", "ida", "Hello?")
    return day


def one_place_for_all(day, patch):
    patch.setattr(memory, "place_of", lambda customer, kind="facts": ("customers", kind))
    day.say("ida", "ida", f"Remember: my street is {CANARIES['ida']}.")
    day.say("ben", "ben", "What do you know about me?")


def the_model_goes_on_talking(day, patch):
    patch.setattr(graph, "speaker", lambda state: "model")
    day = Day(day.door.path.parent)
    day.say("ida", "ida", "I want to talk to a person.")
    return day


def sent_again_it_is_answered_again(day, patch):
    patch.setattr(loop, "unanswered", lambda messages: [messages[-1]])
    patch.setattr(Door, "_finish", lambda *_: [])
    for _ in range(2):
        day.say("ida", "ida", "Where is my order 7?", "m1")


def notes_in_the_system_message(day, patch):
    patch.setattr(context, "HumanMessage", lambda text, name: SystemMessage(text))
    day.say("ida", "ida", f"Remember: my street is {CANARIES['ida']}.")


def a_customers_words_among_the_policies(day, patch):
    day.policy(f"Ida says: {CANARIES['ida']}")


def nothing_is_cut(day, patch):
    patch.setattr(context, "shortened", lambda messages, budget: list(messages))
    day.policy("policy " * 2000)
    day.say("ida", "ida", "What is your policy on refunds?")


def the_history_is_pruned(day, patch):
    day.say("ida", "ida", LARGE)
    day.answer("mia", "ida", YES)
    with sqlite3.connect(day.door.path) as db:
        newest = "select max(checkpoint_id) from checkpoints"
        db.execute(f"delete from checkpoints where checkpoint_id < ({newest})")


BREAKS = [
    (1, a_key_for_each_call),
    (2, the_policy_decides_everything),
    (3, it_says_that_it_could_not),
    (4, a_lost_call_stays_open),
    (5, one_place_for_all),
    (6, the_model_goes_on_talking),
    (7, sent_again_it_is_answered_again),
    (8, notes_in_the_system_message),
    (8, a_customers_words_among_the_policies),
    (9, nothing_is_cut),
    (10, the_history_is_pruned),
]


@pytest.mark.parametrize("number, break_it", BREAKS, ids=lambda value: getattr(value, "__name__", value))
def test_a_broken_desk_breaks_its_own_invariant_and_no_other(tmp_path, monkeypatch, number, break_it):
    day = Day(tmp_path)
    day = break_it(day, monkeypatch) or day
    assert broken(day) == {f"I{number}"}, problems(day.evidence())


def test_each_invariant_is_broken_once():
    assert {number for number, _ in BREAKS} == set(range(1, len(RULES) + 1))
