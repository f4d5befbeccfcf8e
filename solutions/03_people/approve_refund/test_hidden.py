"""Hidden tests of `approve_refund`."""

from __future__ import annotations

import pytest

from test_approve_refund import RefundDesk


@pytest.mark.exercise("approve_refund", points=1, rules=(3, 4, 6), needs=("server",), restarts=True)
def test_refunds_side_by_side(submission):
    """Three refunds wait in one database; each gets its own decision, in another order."""
    desk = RefundDesk(submission)
    refunds = [desk.refund() for _ in range(3)]
    for refund in refunds:
        desk.start(refund)
    submission.restart()
    submission.rng.shuffle(refunds)
    declined, *approved = refunds
    for refund in refunds:
        seen = desk.step(refund, resume=refund is not declined)
        if refund is not declined:
            desk.assert_paid(refund, seen)
    paid = [one["order"] for one in desk.made("/pay")]
    assert declined["order"] not in paid, (
        f"three refunds were waiting, and {declined['order']} was declined and paid anyway: "
        "keep nothing about a refund outside its thread"
    )
    assert sorted(paid) == sorted(one["order"] for one in approved), (
        f"the ledger has payments for {paid}, but the approved ones are {[one['order'] for one in approved]}"
    )


@pytest.mark.exercise("approve_refund", points=1, rules=(1, 5), needs=("server",), restarts=True)
def test_nothing_happens_after_the_decision(submission):
    """A worker that starts after the decision, and a second decision, change nothing."""
    desk = RefundDesk(submission)
    refund = desk.refund()
    desk.start(refund)
    desk.step(refund)
    desk.assert_nothing_paid(refund)
    desk.assert_paid(refund, desk.step(refund, resume=True))
    submission.restart()
    for send in ({}, {"resume": True}):
        desk.assert_paid(refund, desk.step(refund, **send))
    desk.assert_asked_once(
        refund, "after all of that", "save that the message was sent, so it isn't sent again"
    )
    refund, desk.loses = desk.refund(), "/pay"
    desk.start(refund)
    desk.step(refund, resume=True)
    count = desk.made("/pay").count(refund)
    assert count == 1, (
        f"the bank's answer was lost, and one decision called `pay` {count} times: it raised after the money had gone "
        "out, so don't retry it"
    )


@pytest.mark.exercise("approve_refund", points=1, rules=(1, 3, 6), needs=("server",))
def test_refunds_that_look_alike(submission):
    """Two refunds of one order, and of one whose id differs only in case, are three refunds."""
    desk = RefundDesk(submission)
    number = submission.rng.randrange(10**4)
    refunds = [
        {"order": order, "cents": cents}
        for order, cents in ((f"k-{number}", 100 + number), (f"k-{number}", 0), (f"K-{number}", 100 + number))
    ]
    threads = [f"refund-{number}-{letter}" for letter in "abc"]
    starts = [(thread, {"start": refund}) for thread, refund in zip(threads, refunds, strict=True)]
    seen = desk.steps([*starts, *((thread, {"resume": True}) for thread in threads)])
    values = [one["asked"] for one in seen[:3]]
    assert values[1] or not values[0], (
        "a refund of 0 cents ended without a question: each refund waits for a person, whatever its amount"
    )
    assert values == [[refund] for refund in refunds], (
        f"three refunds were started in three threads of one graph, and their interrupts' values are {values}: "
        "each asks about its own"
    )
    for path, what in (("/ask", "`ask`"), ("/pay", "`pay`")):
        assert desk.made(path) == refunds, (
            f"three threads had refunds of {', '.join(one['order'] for one in refunds)}, and {what} was called for "
            f"{[one['order'] for one in desk.made(path)]}: a thread is one refund, so use the order only as it's given"
        )
    receipts = [one["receipt"] for one in seen[3:]]
    assert len(set(receipts)) == 3, (
        f"the bank gave three receipts, but the three threads have {receipts}: keep nothing about a refund outside its thread"
    )
