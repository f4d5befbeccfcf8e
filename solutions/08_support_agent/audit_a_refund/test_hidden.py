"""Hidden tests of `audit_a_refund`."""

from __future__ import annotations

import pytest

from test_audit_a_refund import Auditor, asked_three_times


@pytest.mark.exercise("audit_a_refund", points=1, rules=(2, 4), needs=("server",), timeout=20)
def test_forked_since(submission):
    """One thread was replayed and decided otherwise, and another begun again from before the refund."""
    desk = Auditor(submission)
    replayed, begun = desk.order("ida"), desk.order("ben")
    asked = desk.ask("ida", "a", replayed)
    for _ in range(2):  # the charge is at a later step than the replay's, and still the first
        desk.say("ida", "a", "Is anybody there?")
    desk.decide("ida", "a", replayed, "mia")
    desk.say("ben", "b", "Hello.")
    other = desk.ask("ben", "b", begun)
    desk.decide("ben", "b", begun, "mia")
    desk.work()
    first = {thread: desk.checkpoint(thread, order) for thread, order in (("a", replayed), ("b", begun))}
    desk.replay("ida", "a", "ask_staff")
    desk.decide("ida", "a", replayed, "bob")
    desk.say("ben", "b", "Hello again.", before="")
    desk.work()
    desk.assert_found(
        "after a replay in which another clerk decided",
        replayed,
        thread="a",
        request=asked,
        customer="ida",
        decided_by="mia",
        version=0,
        checkpoint=first["a"],
    )
    desk.assert_found(
        "after a fork from before the refund",
        begun,
        thread="b",
        request=other,
        customer="ben",
        decided_by="mia",
        version=0,
        checkpoint=first["b"],
    )


@pytest.mark.exercise("audit_a_refund", points=1, rules=(4,), needs=("server",), timeout=20)
def test_charged_in_two_threads(submission):
    """Two threads ask for one order, and each is approved: the first charge is the one, whichever thread it's in."""
    desk = Auditor(submission)
    orders, asked = [desk.order("ida") for _ in range(4)], dict[tuple[str, str], str]()
    for order, (begun, first, second, last) in zip(orders, ("xxyx", "yyxy", "yxyy", "xyxx"), strict=True):
        desk.say("ida", f"{order} {begun}", "Hello.")
        for thread in (f"{order} x", f"{order} y"):
            asked[order, thread] = desk.ask("ida", thread, order)
        desk.decide("ida", f"{order} {first}", order, "mia")
        desk.decide("ida", f"{order} {second}", order, "bob")
        desk.say("ida", f"{order} {last}", "Thanks.")
    desk.work()
    for order, first in zip(orders, "xyxy", strict=True):
        thread = f"{order} {first}"
        desk.assert_found(
            "with one order in two threads",
            order,
            thread=thread,
            request=asked[order, thread],
            customer="ida",
            decided_by="mia",
            version=0,
        )


@pytest.mark.exercise("audit_a_refund", points=1, rules=(2, 6), needs=("server",), timeout=20, restarts=True)
def test_pruned_and_among_many(submission):
    """The history is pruned, a dozen threads and many checkpoints have come since, and another process audits."""
    desk = Auditor(submission)
    order, asked, thread = asked_three_times(desk)
    later = desk.order("ben")
    request = desk.ask("ben", "later", later)
    desk.decide("ben", "later", later, "bob")
    desk.drop("prune", thread)
    for number in range(12):
        desk.say("ida", f"t{number}", "Hello.")
    desk.drop("crowd", "t0")
    desk.work()
    submission.restart()
    for when in ("after the history was pruned", "after the history was pruned, and the thread went on"):
        desk.assert_found(
            when,
            order,
            thread=thread,
            request=asked,
            customer="cleo",
            decided_by="mia",
            version=0,
            checkpoint=None,
        )
        desk.say("cleo", thread, "Thanks.")
        desk.work()
    desk.assert_found(
        "among a dozen threads",
        later,
        thread="later",
        request=request,
        customer="ben",
        decided_by="bob",
        version=0,
    )
    after = desk.order("ben")
    desk.drop("prune", "later")
    request = desk.ask("ben", "later", after)
    desk.decide("ben", "later", after, "mia")
    gone = desk.checkpoint("later", later)
    [again] = desk.work(f"refund:{later}")
    assert not isinstance(again, dict) or again.get("checkpoint") != gone, (
        f"a line was audited, its thread was pruned, and the same graph was asked again: `checkpoint` is still {gone!r}, which is gone. "
        "Look into the database each time"
    )
    desk.assert_found(
        "after an audit, and then its thread was pruned", later, thread="later", checkpoint=None
    )
    when = "for a refund that was charged after its thread had been pruned"
    desk.assert_found(when, after, thread="later", request=request, decided_by="mia")
