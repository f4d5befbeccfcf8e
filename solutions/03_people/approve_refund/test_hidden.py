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
