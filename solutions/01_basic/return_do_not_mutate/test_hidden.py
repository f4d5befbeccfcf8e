"""Hidden tests of `return_do_not_mutate`."""

from __future__ import annotations

import pytest

from test_return_do_not_mutate import assert_saved_as_returned, draw_orders, fill


@pytest.mark.exercise("return_do_not_mutate", points=1, rules=(1, 2, 3))
def test_every_saver_and_durability(submission):
    """The basket is right under every saver, with durability sync, async and exit."""
    orders = draw_orders(submission.rng, 6)
    for durability in ("sync", "async", "exit"):
        seen = submission.observe(
            fill,
            db=submission.path(f"{durability}.db"),
            orders=orders,
            savers=["InMemorySaver", "SqliteSaver"],
            durability=durability,
        )
        assert_saved_as_returned(seen, orders)
