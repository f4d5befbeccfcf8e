"""Hidden tests of module 04."""

from __future__ import annotations

import pytest

from autograder.graders.test_04_checkpointing import (
    assert_foretold,
    assert_same_offer,
    draw_ending,
    draw_offer,
    through_the_night,
)


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


@pytest.mark.exercise("typed_state", points=2, restarts=True)
def test_many_offers_wait(submission):
    """Several offers wait at once, long, short and empty ones, and are booked in another order."""
    rng = submission.rng
    offers = {f"D{number}": draw_offer(rng, stops) for number, stops in enumerate([4, 1, 0, 2])}
    morning = rng.sample(list(offers), len(offers))
    seen = through_the_night(submission, offers, morning)
    for number, given in zip(morning, seen["given"], strict=True):
        assert_same_offer(given, offers[number], offers[number])
    assert not seen["stranger"], (
        "the graph's saver built an object of a class that has no part in an offer: allow those that you save"
    )
