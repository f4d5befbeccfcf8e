"""Hidden tests of `approve_refunds`."""

from __future__ import annotations

import pytest

from test_approve_refunds import LIMIT, RefundShop, assert_asks_again, yes


@pytest.mark.exercise("approve_refunds", points=1, rules=(3, 4), needs=("server",))
def test_what_is_no_decision(submission):
    """Strange answers, a customer's own, and half ones: each is asked about again, and none counts later."""
    shop = RefundShop(submission)
    request = shop.order()
    shop.start(request)
    good = yes(request)
    for bad in (
        good | {"staff": request["customer"]},
        good | {"staff": request["customer"], "approve": False},
        good | {"staff": None},
        {name: good[name] for name in ("order", "approve")},
        good | {"order": "1"},
        good | {"approve": "no"},
        *(good | {"approve": number} for number in (1, 1.0, 0, 0.0)),  # 1.0 == True
        good | {"cents": request["cents"] + 1},
        good | {"cents": 5, "approve": "no"},
        good | {"cents": True},
        good | {"cents": 0},
        good | {"cents": "5"},
        good | {"cents": 5.0},
        good | {"cents": None},
        good | {"approve": False, "cents": "all"},  # a no needs no amount, but one that's there must be one
        good | {"approve": False, "cents": request["cents"] + 1},
        ["yes"],
        *({}, [], "", 0, False),
    ):
        assert_asks_again(shop, request, bad)
    half = shop.order()
    shop.start(half, "half")
    assert_asks_again(shop, half, {"approve": True, "order": half["order"]}, "half")
    [seen] = shop.step({"thread": "half", "answer": {"staff": "mia"}})
    assert seen.get("asked") and not shop.of(half["order"]), (
        "two halves made a whole: something of an earlier answer counted for a later one"
    )
    [seen] = shop.step({"thread": "half", "answer": yes(half, approve=False)})
    shop.assert_outcome(
        seen, half, 0, "mia", "after a yes without staff, then staff without a yes, and then a no"
    )
    [seen] = shop.step({"thread": "t", "answer": good})
    shop.assert_outcome(
        seen, request, request["cents"], "mia", "after answers that didn't count, and then a plain yes"
    )
    assert_asked_about_the_next(shop)
    assert_asked_after_a_failure(shop)


def assert_asked_about_the_next(shop: RefundShop) -> None:
    """Expect that nothing of one request's answer counts for the next ones in its thread."""
    refused = shop.order()
    for request, more in (
        (shop.order(), {"cents": 1}),
        (refused, {"approve": False, "staff": "bob"}),
        (refused, {}),
    ):
        [seen] = shop.step({"thread": "t", "request": request})
        assert "raised" not in seen, f"a thread's next request made the run raise {seen.get('raised')!r}"
        assert seen.get("asked") and not shop.of(request["order"]), (
            "a thread's next request wasn't asked about: something of the one before, its decision or its outcome, still counted"
        )
        [seen] = shop.step({"thread": "t", "answer": yes(request, **more)})
        when = "with a thread's next request, which has an answer of its own"
        cents = more.get("cents", request["cents"] if more.get("approve", True) else 0)
        shop.assert_outcome(seen, request, cents, more.get("staff", "mia"), when)
        if "cents" in more:
            small = shop.order(shop.rng.randrange(2, LIMIT))
            [seen] = shop.step({"thread": "t", "request": small})
            when = "with a small request, in a thread where staff lowered the one before"
            shop.assert_outcome(seen, small, small["cents"], "policy", when)


def assert_asked_after_a_failure(shop: RefundShop) -> None:
    """Expect a large request to be asked about, though its thread has decided on one that couldn't be paid."""
    for decided in (shop.order(), shop.order(LIMIT)):
        thread, request = decided["order"], shop.order()
        shop.breaks = "refund"
        [seen] = shop.step({"thread": thread, "request": decided})
        if seen.get("asked"):
            shop.step({"thread": thread, "answer": yes(decided)})
        [seen] = shop.step({"thread": thread, "request": request})
        assert seen.get("asked") and not shop.of(request["order"]), (
            "`shop.refund` raised, and the thread's next request wasn't asked about: the state still had the decision on the one "
            "before, so let each request begin without one"
        )
        [seen] = shop.step({"thread": thread, "answer": yes(request)})
        when = "with a request in a thread where `shop.refund` had raised for the one before"
        shop.assert_outcome(seen, request, request["cents"], "mia", when)


@pytest.mark.exercise("approve_refunds", points=1, rules=(5,), needs=("server",), restarts=True)
def test_killed_at_the_bank_and_asked_elsewhere(submission):
    """Killed before and after the money is sent, replayed, and asked for in two threads: one refund."""
    shop = RefundShop(submission)
    for when, by in (("before", "mia"), ("after", "mia"), ("after", "policy")):
        request = shop.order() if by == "mia" else shop.order(shop.rng.randrange(2, LIMIT))
        thread = request["order"]
        last = {"thread": thread, "request": request}
        if by == "mia":
            shop.start(request, thread)
            last = {"thread": thread, "answer": yes(request)}
        shop.dies = when
        died = shop.step(last, dies=True)
        assert died is None, f"a refund was approved by {by!r}, and the shop was never called"
        [seen] = shop.step({"thread": thread})
        killed = f"after a kill {when} the money was sent"
        outcome = seen.get("outcome") or {}
        assert by == "mia" or outcome.get("refunded") != 0 or not shop.of(thread), (
            f"{killed}, the ledger says {shop.of(thread)}, and the outcome says 0. A killed node runs again, and "
            "`shop.refunded` is true by then: pay in another node than you check in"
        )
        shop.assert_outcome(seen, request, request["cents"], by, killed)
        shop.step({"thread": thread, "replay last": True})
        assert len(shop.of(thread)) == 1, (
            f"after a replay, order {thread} was paid {len(shop.of(thread))} times: use the key `refund:ORDER`"
        )
    request = shop.order()
    shop.start(request, "one")
    shop.start(request, "two")
    shop.step({"thread": "one", "answer": yes(request)}, {"thread": "two", "answer": yes(request, cents=1)})
    assert len(shop.of(request["order"])) == 1, (
        f"in two threads, order {request['order']} was paid {len(shop.of(request['order']))} times: use the key `refund:ORDER`"
    )
