"""Hidden tests of `migrate_in_flight`."""

from __future__ import annotations

from itertools import zip_longest

import pytest

from autograder.testing import evidence

from test_migrate_in_flight import (
    PLACES_IN_FLIGHT,
    assert_in_time,
    draw_orders_in_flight,
    follow_another,
    leave_in_flight,
    work_through,
)


def assert_upgraded_once(submission, db, orders):
    """Expect the second of two calls of `upgrade` to leave all rows as they are."""
    seen = []
    for _ in range(2):
        submission.observe(work_through, db=db, orders=[], everything=orders)
        file = submission.file("orders.db")
        seen.append({order["thread"]: evidence.raw_rows(file, order["thread"]) for order in orders})
    changed = [order["at"] for order in orders if seen[0][order["thread"]] != seen[1][order["thread"]]]
    assert not changed, (
        f"`upgrade` was called twice before any worker began, and the second call saved something for an order that was "
        f"{changed[0]}: each worker calls it, so look whether a thread was moved before"
    )


@pytest.mark.exercise("migrate_in_flight", points=2, rules=(2, 3, 5, 6), restarts=True)
def test_twenty_in_flight(submission):
    """Twenty orders in all places are worked through by two workers, the first of which is killed."""
    rng = submission.rng
    places = [*PLACES_IN_FLIGHT, *PLACES_IN_FLIGHT, *rng.choices(PLACES_IN_FLIGHT[:5], k=8)]
    orders = draw_orders_in_flight(rng, rng.sample(places, len(places)))
    follow_another(orders, "failed in quote")
    db = submission.path("orders.db")
    submission.observe(leave_in_flight, db=db, orders=orders)
    finished = [order["thread"] for order in orders if order["at"] == "finished"]
    before = {thread: evidence.raw_rows(submission.file("orders.db"), thread) for thread in finished}
    calls = {order["thread"]: [] for order in orders}
    assert_upgraded_once(submission, db, orders)
    for part in (orders[:9], orders[9:]):
        submission.restart()
        seen = submission.observe(work_through, db=db, orders=part, everything=orders)
        for order in part:
            if isinstance(found := seen.get(order["thread"]), dict):
                found["calls"] = calls[order["thread"]] + found["calls"]
        assert_in_time(seen, part)
        for thread, found in seen.items():
            calls[thread] += found["calls"]
    assert all(calls[order["thread"]].count(["ask"]) <= 1 for order in orders), (
        "the second worker asked again about orders that the first had finished: `upgrade` runs in each worker"
    )
    for order in orders:
        newest = evidence.checkpoints(submission.file("orders.db"), order["thread"])[-1]
        assert newest.values.get("parcel") == order["parcel"], (
            f"an order that was {order['at']} has no parcel in the database: save its end in its thread"
        )
    for thread in finished:
        assert evidence.raw_rows(submission.file("orders.db"), thread) == before[thread], (
            "a finished order has other rows in the database than before: leave its thread as it is"
        )
    # Two of them order again: one under another name, which is '', and one under the same.
    [*_, other] = sorted(
        (order for order in orders if order["at"] == "finished"), key=lambda order: order["who"]
    )
    same = next(order for order in orders if order["at"] == "finished" and order is not other)
    news = [{**other, "at": "new", "who": ""}, {**same, "at": "new"}]
    seen = submission.observe(work_through, db=db, orders=news, everything=news)
    for new in news:
        found = seen[new["thread"]]
        wanted = [["price", new["who"]], ["ask"], ["deliver", new["who"], new["new cents"], new["answer"]]]
        called, due = next(
            (both for both in zip_longest(found["calls"], wanted) if both[0] != both[1]), (None, None)
        )
        did = (
            f"called {called or 'nothing'}"
            if called or not found["error"]
            else f"ended in `{found['error'][:60]}`"
        )
        assert called == due, (
            f"a customer named {new['who']!r} ordered in the thread of a finished order, and `upgrade` ran again. Version 2 "
            f"{did} instead of {due or 'nothing'}: what the old order left in the state isn't this one's"
        )
