"""Hidden tests of `predict_the_loss`."""

from __future__ import annotations

import pytest

from test_predict_the_loss import assert_foretold, draw_ending


@pytest.mark.exercise("predict_the_loss", points=1, rules=(1, 2, 5), restarts=True, timeout=20)
def test_backlogs_of_any_length(submission):
    """A fast, a slow and a very slow saver in the background, and the one that just fails to save anything."""
    rng = submission.rng
    quick = draw_ending(rng, "async", "SIGKILL", slowness=1, length=7, at=rng.choice([3, 4, 5]))
    slow = draw_ending(rng, "async", "SIGTERM", slowness=3, length=10, at=9)
    # With room for half a checkpoint more than a whole number of them, which is still not saved.
    almost = draw_ending(rng, "async", "SIGKILL", slowness=3, length=7, at=5)
    very_slow = draw_ending(rng, None, "SIGKILL", slowness=9, length=7, at=6)
    assert_foretold(submission, [quick, slow, almost, very_slow])


@pytest.mark.exercise("predict_the_loss", points=1, rules=(1, 2, 3, 4), restarts=True, timeout=20)
def test_the_first_node_and_the_last(submission):
    """The run ends in its first, its second or its last node."""
    rng = submission.rng
    failed = draw_ending(rng, None, "exception", slowness=3, length=5, at=1)
    exit_failed = draw_ending(rng, "exit", "exception", length=5, at=4)
    exit_failed_at_once = draw_ending(rng, "exit", "exception", length=2, at=0)
    first = draw_ending(rng, "sync", "SIGKILL", length=3, at=0)
    first_of_default = draw_ending(rng, None, "SIGTERM", slowness=1, length=1, at=0)
    early = draw_ending(rng, rng.choice(["async", None]), "SIGTERM", slowness=1, length=6, at=1)
    last = draw_ending(rng, "sync", rng.choice(["SIGTERM", "SIGKILL"]), length=6, at=5)
    cases = [failed, exit_failed, exit_failed_at_once, first, first_of_default, early, last]
    assert_foretold(submission, cases)
