"""Hidden tests of `meet_deadline`."""

from __future__ import annotations

import pytest

from common import draw_order, often
from test_meet_deadline import QuoteCarrier, assert_none_in_time, assert_quote, assert_quotes_kept, quoted


@pytest.mark.exercise("meet_deadline", points=1, rules=(3, 4), needs=("server",))
def test_late_answer_overtakes(submission):
    """The late answer comes while the next call waits for its own."""
    rng = submission.rng
    carrier, order = QuoteCarrier(rng, ["hang", "overtaken"]), draw_order(rng)
    seconds = 0.4
    first, second, third = quoted(submission, carrier, [order] * 3, seconds, 6, settle=False)
    assert_none_in_time(first, seconds)
    late, price = carrier.prices[:2]
    assert second.get("returned") != late, (
        f"the second call returned {late}, the answer to the first question, "
        "which came while it waited for the second: "
        "each call needs its own place for the answer"
    )
    assert_quote(second, price, "when a late answer came just before its own")
    assert_quote(third, price, "when the order had a quote")
    assert len(carrier.asked) == 2, f"the carrier was asked {often(len(carrier.asked))} instead of twice"
    assert_quotes_kept(
        submission, order, [price], "a late answer isn't saved, even if it comes during the next call"
    )


@pytest.mark.exercise("meet_deadline", points=1, rules=(3, 5), needs=("server",))
def test_errors_come_out(submission):
    """What `ask` raises comes out at once, and the next call asks again."""
    order = draw_order(submission.rng)
    carrier = QuoteCarrier(submission.rng, [submission.rng.choice([500, 503, 404])])
    first, second = quoted(submission, carrier, [order] * 2, 5)
    error = f"LookupError: the carrier answered {carrier.ways[0]}"
    assert "raised" in first, (
        f"`ask` raised, and `quote_by` returned {first['returned']!r}: let the error out"
    )
    assert first["raised"] == error, f"`ask` raised `{error}`, but `quote_by` raised `{first['raised']}`"
    assert first["took"] < 4, "`ask` raised at once, and `quote_by` waited until the deadline"
    assert_quote(second, carrier.prices[1], "after a call that ended in an error")
    assert_quotes_kept(submission, order, carrier.prices[1:2], "there was one good answer")


@pytest.mark.exercise("meet_deadline", points=1, rules=(1, 2, 3, 6), needs=("server",), restarts=True)
def test_orders_over_processes(submission):
    """Several orders, over three processes."""
    rng = submission.rng
    order = draw_order(rng).upper()  # whoever changes its case looks in another thread
    orders = [order, f"{order}-2"]
    carrier = QuoteCarrier(rng, ["hang", "now", "now"])
    late, other = quoted(submission, carrier, orders, 0.4, 6, settle=False)
    assert_none_in_time(late, 0.4)
    assert_quote(other, carrier.prices[1], "for another order, while the carrier hung")
    submission.restart()
    first, second = quoted(submission, carrier, orders, 5)
    assert_quote(first, carrier.prices[2], "in a new process, for an order without a quote")
    assert_quote(second, carrier.prices[1], "in a new process, for an order that has a quote")
    submission.restart()
    (again,) = quoted(submission, carrier, orders[:1], 5)
    assert_quote(again, carrier.prices[2], "in a third process, for an order that has a quote")
    assert carrier.asked == [*orders, order], (
        f"the carrier was asked for {carrier.asked}: after a restart, ask only for an order without a quote"
    )
    for one, price in zip(orders, (carrier.prices[2], carrier.prices[1]), strict=True):
        assert_quotes_kept(submission, one, [price], "each order has its own thread, with one quote in it")
