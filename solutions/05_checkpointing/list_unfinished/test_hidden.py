"""Hidden tests of `list_unfinished`."""

from __future__ import annotations

import pytest

from common import BUDGET_PEOPLE
from test_list_unfinished import DONE, WHY, assert_listed, sort_out


@pytest.mark.exercise("list_unfinished", points=1, rules=(1, 2, 3, 4))
def test_every_way_to_be_unfinished(submission):
    """Failed, waiting, killed, finished and new threads are told apart, and nothing runs."""
    rng = submission.rng
    names = rng.sample([*BUDGET_PEOPLE, *"abcdef"], len(WHY) + len(DONE))
    names[1:3] = names[0].title(), ""
    threads = dict(zip(names, [*WHY, *DONE], strict=True))
    asked = rng.sample([*names, f"{names[0]} ", "0"], len(names) + 2)
    seen = submission.observe(sort_out, db=submission.path("orders.db"), threads=threads, asked=asked)
    assert_listed(seen, threads, asked)
