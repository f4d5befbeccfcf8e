"""Hidden tests of `as_if_node`."""

from __future__ import annotations

import pytest

from test_as_if_node import (
    assert_payment_entered,
    draw_orders,
    draw_pipeline,
    draw_result,
    entered,
    refused,
)


@pytest.mark.exercise("as_if_node", points=1, rules=(1, 2, 3, 5))
def test_stopped_before_the_node(submission):
    """A thread of several runs that was stopped before the node; a node that returned nothing; neighbours that raised once."""
    rng = submission.rng
    shape = draw_pipeline(rng, beside=0)
    result = draw_result(rng, shape, "refused")
    entered(submission, shape, draw_orders(rng, 3), result, stops="before", name="stopped.db")
    entered(submission, draw_pipeline(rng, beside=2), draw_orders(rng), {}, name="empty.db")
    shape = draw_pipeline(rng, beside=2)
    result = draw_result(rng, shape, "paid")
    entered(submission, shape, draw_orders(rng), result, stops="by errors", name="errors.db")
    assert_payment_entered(submission, [], "nothing_yet.db")
    assert_payment_entered(submission, rng.sample(["big", "small", "flat", "long"], 3), "boxes.db")


@pytest.mark.exercise("as_if_node", points=1, rules=(4,))
def test_thread_that_does_not_wait_for_it(submission):
    """Where the thread waits for another node, or has gone on since, nothing is saved and nothing runs."""
    shape = draw_pipeline(submission.rng, beside=2)
    shape["silent"] = shape["beside"][1:]
    names = [shape["last"], *reversed(shape["beside"]), *shape["before"], *shape["ways"].values()]
    refused(submission, shape, "by two errors", names, f"waits for {shape['node']!r}")
    went = draw_pipeline(submission.rng, beside=0)
    refused(submission, went, "by an earlier error", [went["node"]], "has gone on and is finished", "gone.db")
