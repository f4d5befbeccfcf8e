"""Hidden tests of `as_if_node`."""

from __future__ import annotations

import pytest

from autograder.testing import evidence

from test_as_if_node import (
    assert_entered,
    assert_log,
    assert_not_entered,
    draw_order,
    draw_pipeline,
    draw_result,
    enter,
)


@pytest.mark.exercise("as_if_node", points=1)
def test_stopped_before_the_node(submission):
    """A thread of several runs, the last of which was stopped before the node."""
    rng, db = submission.rng, submission.path("orders.db")
    shape, orders = draw_pipeline(rng, beside=0), [draw_order(rng) + f" {n}" for n in range(3)]
    given = {"db": db, "shape": shape, "orders": orders}
    submission.observe(enter, **given, stops="before", enters=None, result=None)
    result = draw_result(rng, shape, "refused")
    seen = submission.observe(enter, **given, stops=None, enters=shape["node"], result=result)
    assert_entered(seen, shape, orders, result)
    newest = evidence.checkpoints(submission.file("orders.db"), "order")[-1]
    assert_log(newest.values, shape, orders, result, "the thread's newest checkpoint")


@pytest.mark.exercise("as_if_node", points=1)
def test_thread_that_does_not_wait_for_it(submission):
    """Where the thread waits for another node, nothing is saved and nothing runs."""
    rng, db = submission.rng, submission.path("orders.db")
    shape, orders = draw_pipeline(rng, beside=rng.choice([0, 1])), [draw_order(rng)]
    submission.observe(enter, db=db, shape=shape, orders=orders, stops="by error", enters=None, result=None)
    node = rng.choice([shape["last"], *shape["before"], *shape["beside"]])
    assert_not_entered(submission, shape, orders, node, f"waits for {shape['node']!r}")
