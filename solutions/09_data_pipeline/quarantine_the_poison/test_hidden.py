"""Hidden tests of `quarantine_the_poison`."""

from __future__ import annotations

import pytest

from test_quarantine_the_poison import Pricing, assert_sorted, draw_part


@pytest.mark.exercise("quarantine_the_poison", points=1, needs=("server",), rules=(1, 2, 3, 4, 6))
def test_all_at_once(submission):
    """Several poisoned orders, bad lines, and a service that is busy between: all of it in one part, and on two nights."""
    rng = submission.rng
    part = draw_part(rng, 60, malformed=5)
    poison = {order["id"] for order in rng.sample(part.orders, 3)}
    busy = {number: 503 for start in (2, 7, 13) for number in range(start, start + rng.randrange(1, 4))}
    pricing = Pricing(submission, part, poison=poison, answers=busy)
    assert_sorted(pricing, pricing.work())
    small = draw_part(rng, 8)
    patient = Pricing(submission, small, poison={rng.choice(small.orders)["id"]}, db="busy.db", busy_each=4)
    assert_sorted(patient, patient.work())
    next_night = Pricing(submission, part, db="next.db", backwards=True)
    seen = next_night.work()
    refused = [raw for _, reason, raw in next_night.sink("quarantine") if reason == "refused"]
    assert not refused, (
        f"another night, the service refused nothing, and {refused[0]!r} is in quarantine: ask again, since what was refused "
        "once may be priced now"
    )
    assert_sorted(next_night, seen)


@pytest.mark.exercise("quarantine_the_poison", points=1, needs=("server",), rules=(1, 2, 6))
def test_nothing_good(submission):
    """A part of poison alone, a part of bad lines alone, and a part that begins in the middle of a file."""
    rng = submission.rng
    for count, malformed, poisoned, end in ((3, 0, 3, ""), (0, 4, 0, "\r"), (8, 1, 1, "\r")):
        part = draw_part(rng, count, malformed=malformed, start=rng.randrange(100, 999), odd=True, end=end)
        poison = {order["id"] for order in part.orders[:poisoned]}
        pricing = Pricing(submission, part, poison=poison, db=f"{count}.db")
        assert_sorted(pricing, pricing.work())


@pytest.mark.exercise("quarantine_the_poison", points=1, needs=("server",), rules=(4, 5, 6))
def test_an_error_that_ends(submission):
    """An error nobody knows stops the part; when it's gone, the part is done again, and all is right."""
    rng = submission.rng
    part = draw_part(rng, 20, malformed=2)
    poison = {rng.choice(part.orders)["id"]}
    for number, status in ((1, 409), (4, 410), (rng.choice([1, 4]), rng.choice([400, 401, 500]))):
        pricing = Pricing(submission, part, poison=poison, answers={number: status})
        pricing.assert_stopped(pricing.work(), status)
    pricing = Pricing(submission, part, poison=poison)
    assert_sorted(pricing, pricing.work())
