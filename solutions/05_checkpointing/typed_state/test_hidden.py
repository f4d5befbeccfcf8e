"""Hidden tests of `typed_state`."""

from __future__ import annotations

import pytest

from test_typed_state import assert_not_unpickled, assert_same_offer, draw_offer, through_the_night


@pytest.mark.exercise("typed_state", points=2, restarts=True)
def test_many_offers_wait(submission):
    """Several offers wait at once, long, short and empty ones, and are booked in another order."""
    rng = submission.rng
    offers = {f"D{number}": draw_offer(rng, stops) for number, stops in enumerate([4, 1, 0, 2])}
    offers["D2"] |= {"total": "0", "shipper": {"name": "", "limit": "1E+3", "tariffs": []}}
    morning = rng.sample(list(offers), len(offers))
    seen = through_the_night(submission, offers, morning)
    for number, given in zip(morning, seen["given"], strict=True):
        assert_same_offer(given, offers[number], offers[number])
    assert_not_unpickled(seen)
    assert not seen["stranger"], (
        "the graph's saver built an object of a class that has no part in an offer: allow those that you save"
    )
