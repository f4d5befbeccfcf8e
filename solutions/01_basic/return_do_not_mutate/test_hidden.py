"""Hidden tests of `return_do_not_mutate`."""

from __future__ import annotations

import pytest

from test_return_do_not_mutate import assert_saved_as_returned, draw_orders, fill


@pytest.mark.exercise("return_do_not_mutate", points=1, rules=(1, 2, 3))
def test_every_saver_and_durability(submission):
    """The basket, a large one too, is right under every saver, with durability sync, async and exit, and beside another thread's."""
    orders = draw_orders(submission.rng, 6)
    # No pieces and then some, skus that differ in a space only, many pieces, and many lines.
    orders += [("wish", 0), (orders[0][0], 0), ("wish", 2)]
    # The same order again, a sku within another, and one text in two forms of Unicode.
    orders += [("tea set", 2), ("tea set", 2), ("tea", 1), ("caf\u00e9", 1), ("cafe\u0301", 1)]
    orders += [(f"{orders[0][0]} ", submission.rng.randrange(100, 10**6)), (f"{orders[0][0]} ", 1)]
    orders += [(f"sku {number}", 1) for number in submission.rng.sample(range(1000), 10)]
    for durability in ("sync", "async", "exit"):
        seen = submission.observe(
            fill,
            db=submission.path(f"{durability}.db"),
            orders=orders,
            savers=["InMemorySaver", "SqliteSaver"],
            durability=durability,
        )
        assert_saved_as_returned(seen, orders)
    shared = "a SqliteSaver with two threads"
    seen = submission.observe(
        fill, db=submission.path("shared.db"), orders=orders[:5], savers=[shared], durability="sync"
    )
    assert_saved_as_returned(seen, orders[:5])
