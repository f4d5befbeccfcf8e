"""Hidden tests of `meet_deadline`."""

from __future__ import annotations

import pytest

from autograder.counts import often

from common import draw_order
from test_meet_deadline import (
    QUOTE_GRACE,
    QuoteCarrier,
    assert_none_in_time,
    assert_quote,
    assert_quotes_kept,
    quoted,
)

# What `ask` raises at these answers of the carrier is also raised by what waits, or by the file.
OWN_ERRORS = {504: "TimeoutError", 502: "Empty", 507: "OperationalError"}


@pytest.mark.exercise("meet_deadline", points=1, rules=(3, 4), needs=("server",))
def test_late_answer_overtakes(submission):
    """The late answer, or a late error, comes while the next call waits for its own."""
    rng = submission.rng
    seconds = 0.5
    carrier, order = QuoteCarrier(rng, ["fails late", "overtaken"]), draw_order(rng)
    first, second = quoted(submission, carrier, [order] * 2, seconds, 6, settle=False)
    assert_none_in_time(first, seconds)
    assert "raised" not in second, (
        f"the first question failed late, while the second call waited for its own answer, and that call raised "
        f"{second['raised']}: each call needs its own place for what comes"
    )
    assert_quote(second, carrier.prices[1], "when a late error came just before its own answer")
    carrier, order = QuoteCarrier(rng, ["hang", "overtaken"]), draw_order(rng)
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
    """What `ask` raises comes out at once, whatever its class, and the next call asks again."""
    for status in (submission.rng.choice([500, 503, 404]), *OWN_ERRORS):
        assert_error_comes_out(submission, status)


def assert_error_comes_out(submission, status):
    """Expect the error of a first call to come out, and the second to have a quote."""
    order = draw_order(submission.rng)
    carrier = QuoteCarrier(submission.rng, [status])
    first, second = quoted(submission, carrier, [order] * 2, 5)
    kind = OWN_ERRORS.get(status, "LookupError")
    error = f"{kind}: the carrier answered {status}: database is locked"
    assert "raised" in first or status not in OWN_ERRORS, (
        f"`ask` raised its own `{kind}` in time, and `quote_by` returned {first['returned']!r}: that isn't your "
        "deadline or your file, so let it out"
    )
    assert "raised" in first, (
        f"`ask` raised, and `quote_by` returned {first['returned']!r}: let the error out"
    )
    assert first["raised"] == error, f"`ask` raised `{error}`, but `quote_by` raised `{first['raised']}`"
    assert first["took"] < 4, "`ask` raised at once, and `quote_by` waited until the deadline"
    assert_quote(second, carrier.prices[1], "after a call that ended in an error")
    assert_quotes_kept(submission, order, carrier.prices[1:2], "there was one good answer")


@pytest.mark.exercise("meet_deadline", points=1, rules=(1, 2, 3, 6), needs=("server",), restarts=True)
def test_orders_over_processes(submission):
    """Several orders, two at the same time, over three processes."""
    rng = submission.rng
    order = draw_order(rng).upper()  # whoever changes its case looks in another thread
    orders = [order, f"{order}-2"]
    carrier = QuoteCarrier(rng, ["hang", "now", "now"])
    late, other = quoted(submission, carrier, orders, 0.4, 6, settle=False)
    assert_none_in_time(late, 0.4)
    assert_quote(other, carrier.prices[1], "for another order, while the carrier hung")
    assert_waits_for_nobody(submission)
    (elsewhere,) = quoted(submission, QuoteCarrier(rng, []), orders[1:], 5, db="another.db")
    assert elsewhere.get("returned") not in (carrier.prices[1], None), (
        f"an order had a quote in one file, and in another, new file `quote_by` gave {elsewhere.get('returned')}: what's known is "
        "in `db_path`, and not in a variable"
    )
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


def assert_waits_for_nobody(submission):
    """Expect an order to get its quote while another order waits for its own."""
    rng = submission.rng
    carrier, order = QuoteCarrier(rng, ["now"] * 9), draw_order(rng)
    carrier.hangs = [f"{order}-{number}" for number in range(8)]
    (end,) = quoted(submission, carrier, [order], 1, settle=False, beside=(carrier.hangs, 2.9))
    case = "while eight other orders waited for their quotes"
    assert end.get("returned") is not None and end["took"] < 1 + QUOTE_GRACE, (
        f"{case}, `quote_by` took {end['took']:.1f} s of 1 s, and gave {end.get('returned', end.get('raised'))}: while you wait for the "
        "carrier, hold neither a lock, nor the database, nor a place in a small pool"
    )
    assert_quote(end, carrier.prices[carrier.asked.index(order)], case)
