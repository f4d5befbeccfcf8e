"""Hidden tests of `storage_budget`."""

from __future__ import annotations

import pytest

from common import BUDGET_PEOPLE
from test_storage_budget import assert_in_budget, assert_knows_all, draw_talk, talk


@pytest.mark.exercise("storage_budget", points=2, timeout=60)
def test_two_hundred_turns(submission):
    """Two hundred short turns of two customers stay within 5 MB, and each keeps the whole conversation."""
    rng = submission.rng
    customers = rng.sample(BUDGET_PEOPLE, 2)
    order = [customers[number % 2] for number in range(200)]
    turns, replies = draw_talk(rng, order, 700)
    db = submission.path("support.db")
    seen = submission.observe(talk, db=db, turns=turns, replies=replies, give_up=24_000_000)
    assert_knows_all(seen, turns, replies, {})
    assert_in_budget(seen, submission.file("support.db"), 200)
