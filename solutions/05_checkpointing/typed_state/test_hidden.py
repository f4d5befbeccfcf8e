"""Hidden tests of `typed_state`."""

from __future__ import annotations

import pytest

from test_typed_state import assert_same_offer, draw_offer, through_the_night


@pytest.mark.exercise("typed_state", points=2, rules=(1, 2, 3, 4), restarts=True)
def test_many_offers_wait(submission):
    """Several offers wait at once, long, short and empty ones, two with one number, and are booked in another order; some were booked before."""
    rng = submission.rng
    offers = {
        f"D{number}": draw_offer(rng, stops, any_text=False) for number, stops in enumerate([4, 1, 0, 2])
    }
    offers["D1"] |= {"number": f"B{rng.randrange(100)}", "total": "-0.00"}
    offers["D1"]["shipper"] |= {"name": "Ida\u2028Co\x85", "limit": "-0.50"}
    offers["D2"] |= {
        "number": f"E{rng.randrange(100)}",
        "total": "0",
        "shipper": {"name": "", "limit": "1E+3", "tariffs": []},
    }
    offers["D3"] |= {
        "number": offers["D0"]["number"],
        "total": f"-{rng.randrange(1, 9)}.{rng.randrange(10**33, 10**34)}00",
    }
    morning = rng.sample(list(offers), len(offers))
    offers["D0"]["shipper"]["name"] = ' "Ida & Co"\n'
    earlier = [("D1", draw_offer(rng, 2)), ("C", draw_offer(rng, 2))]
    earlier[1][1]["number"] = earlier[0][1]["number"]
    earlier.append(("D2", draw_offer(rng, 2) | {"number": offers["D2"]["number"]}))  # the same once more
    seen = through_the_night(submission, offers, morning, earlier)
    for thread, given in zip(morning, seen["given"], strict=True):
        assert_same_offer(given, offers[thread], [field for field in offers[thread] if field != "number"])
