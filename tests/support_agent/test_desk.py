"""The support agent, whole: each test talks to a desk over a file, and looks at what it left behind."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage
from langgraph.checkpoint.sqlite import SqliteSaver
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry, generate_latest

from course.support_agent import memory
from course.support_agent.alerts import Rule, firing
from course.support_agent.audit import audit
from course.support_agent.evidence import Evidence
from course.support_agent.files import connect
from course.support_agent.invariants import problems
from course.support_agent.observe import Watch
from course.support_agent.scripted import UNDERSTOOD
from course.support_agent.secrets import found_in
from course.support_agent.shop import SqliteShop
from course.support_agent.state import Context
from course.support_agent.turn import spoken
from tests.support_agent.desks import ORDERS, open_desk

LARGE = "I want 30.00 back for order 7, the tulips were brown."
SMALL = "I want 5.00 back for order 8, one was broken."
YES = {"order": "7", "approve": True}


def test_it_answers_what_it_says_it_understands(tmp_path):
    door = open_desk(tmp_path)
    for number, sentence in enumerate(UNDERSTOOD):
        turn = door.say("ida", f"t{number}", sentence)
        assert turn.replies or turn.waiting, sentence
        assert not any("scripted stand-in" in reply for reply in turn.replies), sentence


def test_another_customers_order_is_not_found(tmp_path):
    turn = open_desk(tmp_path).say("ida", "t", "Where are my orders 8 and 9?")
    assert turn.replies == ["Order 8: lilies, packed, 15.00 paid. The customer has no order 9."]


def test_a_small_refund_needs_nobody_and_a_large_one_waits_for_staff(tmp_path):
    door = open_desk(tmp_path)
    assert "We refunded 5.00 for order 8. Receipt: r-8." in door.say("ida", "t", SMALL).replies
    assert [one["order"] for one in door.say("ida", "t", LARGE).waiting] == ["7"]
    assert [line["order"] for line in door.shop.ledger()] == ["8"]
    told = door.answer("mia", "t", YES)
    assert (told.replies, told.waiting) == (["We refunded 30.00 for order 7. Receipt: r-7."], [])
    assert [line["order"] for line in door.shop.ledger()] == ["8", "7"]


@pytest.mark.parametrize(
    "bad", ["yes", True, None, {}, {"approve": True}, {"order": "7", "approve": "yes"}, {**YES, "cents": 3001}, {**YES, "cents": True}]
)  # fmt: skip
def test_a_bad_answer_is_asked_about_again_and_does_not_stick(tmp_path, bad):
    door = open_desk(tmp_path)
    door.say("ida", "t", LARGE)
    [asked] = door.answer("mia", "t", bad).waiting
    assert asked["problem"]
    assert door.answer("mia", "t", YES).waiting == []
    assert len(door.shop.ledger()) == 1


def test_a_customers_yes_does_not_count_for_the_next_member_of_staff(tmp_path):
    door = open_desk(tmp_path)
    door.say("ida", "t", LARGE)
    assert door.answer("ida", "t", YES).waiting
    assert door.answer("mia", "t", {**YES, "approve": False}).waiting == []
    assert door.shop.ledger() == []


def test_the_customer_writes_while_staff_is_asked_and_the_question_stays(tmp_path):
    door = open_desk(tmp_path)
    door.say("ida", "t", LARGE)
    turn = door.say("ida", "t", "Where is my order 8?")
    assert turn.replies == ["Order 8: lilies, packed, 15.00 paid."]
    assert [one["order"] for one in turn.waiting] == ["7"]
    door.answer("mia", "t", YES)
    assert len(door.shop.ledger()) == 1


def test_a_message_sent_again_is_answered_once_and_the_question_stays(tmp_path):
    door = open_desk(tmp_path)
    door.say("ida", "t", LARGE, id="m1")
    again = door.say("ida", "t", LARGE, id="m1")
    assert (again.replies, len(again.waiting)) == ([], 1)


def test_two_refunds_in_one_message_are_both_decided(tmp_path):
    def both(messages):
        if messages[-1].type == "tool":
            return AIMessage("I asked.")
        args = [{"order": "7", "cents": 3000, "reason": ""}, {"order": "8", "cents": 1500, "reason": ""}]
        calls = [{"name": "request_refund", "args": one, "id": f"c{one['order']}"} for one in args]
        return AIMessage("", tool_calls=calls)

    door = open_desk(tmp_path, both)
    door.say("ida", "t", "Both were brown.")
    assert door.answer("mia", "t", YES).waiting == []
    assert [line["order"] for line in door.shop.ledger()] == ["7", "8"]


def test_a_person_takes_over_and_gives_back(tmp_path):
    door = open_desk(tmp_path)
    assert door.say("ida", "t", "I want to talk to a person.").waiting[0]["kind"] == "reply"
    assert door.say("ida", "t", "Hello?").waiting[0]["said"] == ["I want to talk to a person.", "Hello?"]
    assert open_desk(tmp_path).answer("mia", "t", {"say": "Yes?"}).replies == ["Yes?"]
    assert door.say("ida", "t", "Where is my order 8?").waiting, "it still belongs to mia"
    assert door.answer("mia", "t", {"say": "Packed.", "done": True}).waiting == []
    assert "lilies" in door.say("ida", "t", "Where is my order 8?").replies[0]


def test_a_customer_does_not_reply_to_herself(tmp_path):
    door = open_desk(tmp_path)
    door.say("ida", "t", "I want to talk to a person.")
    for staff in ("ida", " "):
        [asked] = door.answer(staff, "t", {"say": "You get 90.00 back.", "done": True}).waiting
        assert "member of staff" in asked["problem"]
    assert door.answer("mia", "t", {"say": "Yes?"}).replies == ["Yes?"]


def test_a_call_beside_the_hand_over_does_not_call_the_model(tmp_path):
    def both(messages):
        calls.append(messages[-1].type)
        args = {"find_order": {"order": "8"}, "hand_over": {"reason": "she asked"}}
        made = [{"name": name, "args": given, "id": name} for name, given in args.items()]
        return AIMessage("", tool_calls=made)

    calls = []
    door = open_desk(tmp_path, both)
    assert door.say("ida", "t", "My order 8, and a person.").waiting[0]["kind"] == "reply"
    assert calls == ["human"]
    said = door.graph.get_state({"configurable": {"thread_id": "t"}}).values["messages"]
    assert [m.type for m in said] == ["human", "ai", "tool", "tool"]


def test_it_remembers_a_customer_in_another_thread_and_nobody_else(tmp_path):
    door = open_desk(tmp_path)
    door.say("ida", "t1", "Remember: my street is Hill Road 12.")
    door.say("ida", "t2", "Remember: my Street is Sea Road 3.")
    assert door.say("ida", "t3", "What do you know about me?").replies == ["Street: Sea Road 3"]
    assert door.say("id", "t4", "What do you know about me?").replies == ["Nothing yet."]


@pytest.mark.parametrize("customer, thread", [("ben", "t"), ("", "t"), ("ida", "")])
def test_a_foreign_thread_is_refused(tmp_path, customer, thread):
    door = open_desk(tmp_path)
    door.say("ida", "t", "Where is my order 8?")
    with pytest.raises(PermissionError):
        door.say(customer, thread, "Where is my order 8?")
    with pytest.raises(PermissionError):
        memory.facts_of(door.store, None)


def test_two_presses_at_once_make_one_refund(tmp_path):
    door = open_desk(tmp_path)
    door.say("ida", "t", LARGE)
    others = [threading.Thread(target=open_desk(tmp_path).answer, args=("mia", "t", YES)) for _ in range(3)]
    for other in others:
        other.start()
    for other in others:
        other.join()
    assert len(door.shop.ledger()) == 1
    assert (
        sum(
            m.name == "desk"
            for m in door.graph.get_state({"configurable": {"thread_id": "t"}}).values["messages"]
        )
        == 1
    )


def die_in(step: Callable[[], object]) -> int:
    """Take a step in a forked process that is killed in it; return the signal it died of."""
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        step()
    finally:
        os._exit(1)  # never back into pytest


def die_at_the_bank(folder: Path, when: str) -> int:
    """Answer in a process that is killed at the bank."""
    refund = SqliteShop.refund

    def dies(self, key, order, cents):
        if when == "after":
            refund(self, key, order, cents)
        os.kill(os.getpid(), signal.SIGKILL)

    def answer():
        SqliteShop.refund = dies
        open_desk(folder).answer("mia", "t", YES)

    return die_in(answer)


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_the_bank_it_is_refunded_once_and_told(tmp_path, when):
    open_desk(tmp_path).say("ida", "t", LARGE)
    assert die_at_the_bank(tmp_path, when) == -signal.SIGKILL
    door = open_desk(tmp_path)
    assert len(door.shop.ledger()) == (when == "after")
    assert "We refunded 30.00" in door.recover("t").replies[0]
    assert len(door.shop.ledger()) == 1


def die_between_a_result_and_its_step(folder: Path) -> int:
    """Say something in a process that is killed when a reply is saved, and its step isn't."""
    put = SqliteSaver.put

    def dies(self, config, checkpoint, *more):
        said = checkpoint["channel_values"].get("messages", [])
        for _ in range(500 if said and said[-1].type == "ai" else 0):  # LangGraph begins to save both at once
            if any(name == "messages" for _, name, _ in self.get_tuple(config).pending_writes):
                os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(0.01)
        return put(self, config, checkpoint, *more)

    def say():
        SqliteSaver.put = dies
        open_desk(folder).say("ida", "t", "What is your policy on refunds?", id="m1")

    return die_in(say)


def test_a_reply_that_was_half_saved_is_told_and_the_run_finished(tmp_path):
    open_desk(tmp_path)
    assert die_between_a_result_and_its_step(tmp_path) == -signal.SIGKILL
    door, thread = open_desk(tmp_path), {"configurable": {"thread_id": "t"}}
    state = door.graph.get_state(thread)
    assert state.tasks and not state.next  # lesson 02: half-committed
    [reply] = door.say("ida", "t", "What is your policy on refunds?", id="m1").replies
    after = door.graph.get_state(thread)
    assert reply == spoken(after)[-1][1]
    assert not after.tasks


def test_a_ledger_line_leads_back_to_request_decision_and_checkpoint(tmp_path):
    door = open_desk(tmp_path)
    memory.write_instructions(door.store, "Be kind.")
    door.say("ida", "t", LARGE, id="m1")
    door.answer("mia", "t", YES)
    trail = audit(door.graph, "t", "7")
    assert trail and (trail.request, trail.customer, trail.decided_by) == ("m1", "ida", "mia")
    assert (trail.version, trail.cents) == (1, 3000)
    here = {"configurable": {"thread_id": "t", "checkpoint_id": trail.checkpoint}}
    assert door.graph.get_state(here).next == ("tell",)
    assert audit(door.graph, "t", "8") is None


def test_the_first_charge_counts_whatever_was_asked_or_forked_since(tmp_path):
    door, thread = open_desk(tmp_path), {"configurable": {"thread_id": "t"}}
    door.say("ida", "t", LARGE, id="m1")
    door.answer("bob", "t", {**YES, "approve": False})
    door.say("ida", "t", LARGE, id="m2")
    door.answer("mia", "t", YES)
    door.say("ida", "t", LARGE, id="m3")
    trail = audit(door.graph, "t", "7")
    assert trail and (trail.request, trail.decided_by) == ("m2", "mia")

    history = list(door.graph.get_state_history(thread))
    asking = next(one.config for one in history if one.next == ("ask_staff",))
    door.graph.invoke(None, asking, context=Context("ida"), durability="sync")
    door.answer("bob", "t", YES)
    assert audit(door.graph, "t", "7") == trail

    door.graph.update_state(history[-2].config, {"log": []})
    assert not door.graph.get_state(thread).values["log"]
    assert audit(door.graph, "t", "7") == trail


def test_a_new_file_can_be_taken_by_two_processes_at_once(tmp_path):
    """With SQLite's own timeout alone, the second reads "database is locked" at once."""
    other = sqlite3.connect(tmp_path / "desk.db", check_same_thread=False, isolation_level=None)
    other.execute("begin immediate")
    threading.Timer(0.1, other.execute, ["commit"]).start()
    with connect(tmp_path / "desk.db") as db:
        assert db.execute("pragma journal_mode").fetchone() == ("wal",)


def test_a_pruned_history_leaves_the_log(tmp_path):
    door = open_desk(tmp_path)
    door.say("ida", "t", SMALL, id="m1")
    with connect(tmp_path / "desk.db") as db:
        db.execute(
            "delete from checkpoints where checkpoint_id < (select max(checkpoint_id) from checkpoints)"
        )
    trail = audit(door.graph, "t", "8")
    assert trail and (trail.request, trail.decided_by, trail.checkpoint) == ("m1", "policy", None)


def test_the_invariants_hold_and_each_of_them_notices(tmp_path):
    door = open_desk(tmp_path)
    door.say("ida", "t", LARGE)
    door.answer("mia", "t", YES)
    state = door.graph.get_state({"configurable": {"thread_id": "t"}}).values
    orders, owners = {o["order"]: o for o in ORDERS}, {"t": "ida"}
    trail = audit(door.graph, "t", "7")
    good = Evidence(
        orders, door.shop.ledger(), {"t": state}, owners, charged_at={"7": trail and trail.checkpoint}
    )
    assert problems(good) == []
    twice = Evidence(orders, [*good.ledger, *good.ledger], good.threads, owners)
    assert {line.split()[0] for line in problems(twice)} == {"I1", "I3", "I10"}


def test_no_file_of_it_is_longer_than_80_lines():
    files = Path(os.fspath(memory.__file__)).parent.glob("*.py")
    assert [f.name for f in files if len(f.read_text().splitlines()) > 80] == []


def test_attempts_are_counted_and_an_alert_fires(tmp_path):
    registry, spans = CollectorRegistry(), InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    door = open_desk(tmp_path, watch=[Watch(registry, provider.get_tracer("desk"))])
    refund, fails = door.shop.refund, [ConnectionError("the bank is closed")] * 2

    def flaky(*given):
        if fails:
            raise fails.pop()
        return refund(*given)

    door.shop.refund = flaky
    door.say("ida", "t", LARGE)
    rule = Rule("BankFails", "desk_attempts_total", 1, {"node": "charge", "outcome": "error"})
    assert firing([rule], generate_latest(registry).decode()) == []
    door.answer("mia", "t", YES)
    assert firing([rule], generate_latest(registry).decode()) == [
        "BankFails: desk_attempts_total is 2, above 1"
    ]
    outcomes = [(s.name, s.attributes["outcome"], s.status.is_ok) for s in spans.get_finished_spans()]
    assert outcomes.count(("charge", "error", False)) == 2
    assert ("ask_staff", "interrupt", True) in outcomes
    assert "tulips" not in str([dict(s.attributes) for s in spans.get_finished_spans()])


CARD, TOKEN = "4111 1111 1111 1111", "sk-" + "a1b2c3d4" * 4


def typed_in(path: Path) -> list[str]:
    return [secret for secret in (CARD, TOKEN) if secret.encode() in path.read_bytes()]


def test_what_people_type_is_saved_and_traced_without_cards_and_tokens(tmp_path):
    spans, received = InMemorySpanExporter(), list[str]()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))

    class Tracer(BaseCallbackHandler):
        """Keeps what any tracer gets."""

        def on_chain_start(self, serialized, inputs, **more):
            received.append(repr((inputs, more)))

        def on_chain_end(self, outputs, **more):
            received.append(repr((outputs, more)))

    watch = [Watch(CollectorRegistry(), provider.get_tracer("desk")), Tracer()]
    door = open_desk(tmp_path, watch=watch)
    for text in (
        f"Remember: my card is {CARD}.",
        f"My key is {TOKEN}, is that bad?",
        "I want to talk to a person.",
    ):
        door.say("ida", "t", text)
    door.answer("mia", "t", f"I typed {CARD} by mistake")
    door.answer("mia", "t", {"say": f"Your card {CARD} is fine", "done": True})
    assert any(
        "[card number]" in text
        for _, text in spoken(door.graph.get_state({"configurable": {"thread_id": "t"}}))
    )
    assert not typed_in(tmp_path / "desk.db")
    assert received and not list(found_in(" ".join(received)))
    assert not list(found_in(" ".join(span.to_json() for span in spans.get_finished_spans())))


def test_an_error_of_the_models_is_saved_without_the_key_that_it_repeats(tmp_path):
    def refused(messages):
        raise ConnectionError(f"401: incorrect API key {TOKEN}")

    door = open_desk(tmp_path, refused)
    with pytest.raises(ConnectionError, match=r"incorrect API key \[API key\]"):
        door.say("ida", "t", "Hello?")
    assert not typed_in(tmp_path / "desk.db")


def test_a_front_door_may_know_other_secrets(tmp_path):
    door = open_desk(tmp_path)
    door.clean = lambda given: str(given).replace("hunter2", "[password]")
    door.say("ida", "t", "Remember: my password is hunter2.")
    assert b"hunter2" not in (tmp_path / "desk.db").read_bytes()
