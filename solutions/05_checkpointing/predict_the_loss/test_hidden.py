"""Hidden tests of `predict_the_loss`."""

from __future__ import annotations

import pytest

from test_predict_the_loss import assert_foretold, draw_ending


@pytest.mark.exercise("predict_the_loss", points=1, restarts=True, timeout=20)
def test_backlogs_of_any_length(submission):
    """A fast, a slow and a very slow saver, in the background."""
    rng = submission.rng
    quick = draw_ending(rng, "async", "SIGKILL", slowness=1, length=7, at=rng.choice([3, 4, 5]))
    slow = draw_ending(rng, "async", "SIGTERM", slowness=3, length=11, at=rng.choice([6, 9, 10]))
    very_slow = draw_ending(rng, None, "SIGKILL", slowness=9, length=7, at=6)
    assert_foretold(submission, [quick, slow, very_slow])


@pytest.mark.exercise("predict_the_loss", points=1, restarts=True, timeout=20)
def test_the_first_node_and_the_last(submission):
    """The run ends in its second or in its last node."""
    rng = submission.rng
    early = draw_ending(rng, rng.choice(["async", None]), "SIGTERM", slowness=1, at=1)
    last = draw_ending(rng, "sync", rng.choice(["SIGTERM", "SIGKILL"]), length=6, at=5)
    failed = draw_ending(rng, None, "exception", slowness=3, length=5, at=1)
    exit_failed = draw_ending(rng, "exit", "exception", length=5, at=4)
    assert_foretold(submission, [failed, exit_failed, early, last])
