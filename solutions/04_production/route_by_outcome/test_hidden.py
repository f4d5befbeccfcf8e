"""Hidden tests of `route_by_outcome`."""

from __future__ import annotations

import pytest

from test_route_by_outcome import (
    OTHER_ERRORS,
    STEP_ERRORS,
    assert_all_routed,
    assert_builds_orders,
    assert_routed,
    draw_failing,
    run_orders,
)


@pytest.mark.exercise("route_by_outcome", points=1)
def test_class_and_step_decide(submission):
    """Subclasses go with their class, and the same class means another thing in another step."""
    assert_all_routed(submission, OTHER_ERRORS)


@pytest.mark.exercise("route_by_outcome", points=1)
def test_next_order_of_a_thread(submission):
    """The next order of a thread is told nothing of the one before."""
    rng = submission.rng
    handler = rng.choice(list(STEP_ERRORS))
    failing = draw_failing(rng, *rng.choice(STEP_ERRORS[handler]))
    rejected = draw_failing(rng, "validate", "ValueError")
    orders = [(handler, failing), (None, {"id": rng.randrange(10**6)}), ("reject", rejected)]
    asking = {"id": rng.randrange(10**6), "validate": {"ask": "Is the address right?"}}
    todo = [["customer", order] for _, order in orders]
    todo += [["customer", asking], ["customer", None, "yes"]]
    seen = submission.observe(run_orders, db=submission.path("orders.db"), todo=todo)
    assert_builds_orders(seen)
    for number, (one, (name, order)) in enumerate(zip(seen, orders, strict=False), 1):
        assert_routed(one, order, name, case=f"at order {number} of a thread ")
    assert_routed(seen[-1], asking, None, case="at order 4 of a thread, after its question, ", steps=2)
