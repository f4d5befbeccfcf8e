"""Hidden tests of `migrate_in_flight`."""

from __future__ import annotations

import pytest

from autograder.testing import evidence

from test_migrate_in_flight import (
    PLACES_IN_FLIGHT,
    assert_in_time,
    draw_orders_in_flight,
    leave_in_flight,
    work_through,
)


@pytest.mark.exercise("migrate_in_flight", points=2, rules=(2, 3, 5, 6), restarts=True)
def test_twenty_in_flight(submission):
    """Twenty orders in all places are worked through by two workers, the first of which is killed."""
    rng = submission.rng
    places = [*PLACES_IN_FLIGHT, *PLACES_IN_FLIGHT, *rng.choices(PLACES_IN_FLIGHT[:5], k=8)]
    orders = draw_orders_in_flight(rng, rng.sample(places, len(places)))
    db = submission.path("orders.db")
    submission.observe(leave_in_flight, db=db, orders=orders)
    finished = [order["thread"] for order in orders if order["at"] == "finished"]
    before = {thread: evidence.raw_rows(submission.file("orders.db"), thread) for thread in finished}
    calls = {order["thread"]: [] for order in orders}
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
