"""Hidden tests of module 02."""

from __future__ import annotations

from itertools import pairwise

import pytest

from autograder.graders.test_02_robust import (
    CHECKOUT_STEPS,
    CLIENTS,
    CheckoutBackend,
    FRONT_ITEMS,
    FRONT_PEOPLE,
    FrontPageBackend,
    QuoteCarrier,
    assert_checkout_done,
    assert_checkout_failed,
    assert_earlier_once,
    assert_none_in_time,
    assert_quote,
    assert_quotes_kept,
    assert_front_asked,
    assert_page,
    assert_page_saved,
    checked_out,
    draw_items,
    front_pages,
    draw_order,
    assert_final,
    assert_own_error,
    assert_price,
    assert_temporary,
    looked_up,
    lookup_fault,
    quoted,
)


@pytest.mark.exercise("classify_errors", points=1, needs=("server",))
def test_every_status(submission):
    """Other statuses: 429 and 5xx are asked again, the rest are not."""
    for fault in [429, 500, submission.rng.choice([501, 502, 504, 507])]:
        assert_temporary([looked_up(submission, client, [fault]) for client in CLIENTS], fault)
    for fault in submission.rng.sample([400, 401, 403, 409, 410, 422, 451, 499], 3):
        assert_final([looked_up(submission, client, [fault] * 2) for client in CLIENTS], fault)


@pytest.mark.exercise("classify_errors", points=1, needs=("server",))
def test_answers_broken_and_senseless(submission):
    """An answer that breaks off is asked for again, one that makes no sense is not."""
    assert_temporary([looked_up(submission, client, ["break"]) for client in CLIENTS], "break")
    for fault in ("garbage", "empty"):
        assert_final([looked_up(submission, client, [fault] * 2) for client in CLIENTS], fault)


@pytest.mark.exercise("classify_errors", points=1, needs=("server",))
def test_mixtures(submission):
    """Failures of several kinds in one run."""
    rng = submission.rng
    for client in CLIENTS:
        first, second = rng.sample([503, 429, "reset", "break", "hang"], 2)
        seen = looked_up(submission, client, [first, second])
        case = f"after {lookup_fault(first)} and {lookup_fault(second)} through `{client}`"
        assert seen["asked"] == 3, f"{case}, the supplier was asked {seen['asked']} times instead of three"
        assert_price(seen, case)
        last = rng.choice([403, 404, "empty"])
        seen = looked_up(submission, client, [first, last, last])
        case = f"after {lookup_fault(first)} and then {lookup_fault(last)} through `{client}`"
        assert seen["asked"] == 2, f"{case}, the supplier was asked {seen['asked']} times instead of twice"
        assert_own_error(seen["ends"][0], case)


@pytest.mark.exercise("retry_budget", points=1, needs=("server",))
def test_pauses_and_final_failures(submission):
    """The pauses double, and a final failure is not attempted again."""
    pause = submission.rng.choice([0.04, 0.05])
    budget = {"attempts": 4, "pause": pause, "seconds": 30}
    for step in submission.rng.sample(CHECKOUT_STEPS, 2):
        backend = CheckoutBackend({step: [503] * 3})
        order = draw_order(submission.rng)
        (end,) = checked_out(submission, backend, budget, order=order, runs=1)
        assert_checkout_done(end, backend, f"after three failures of `{step}` and a success")
        times = backend.times(step)
        gaps = [after - before for before, after in pairwise(times)]
        assert len(gaps) == 3, f"`{step}` failed three times of four, and was attempted {len(times)} times"
        for number, gap in enumerate(gaps):
            assert gap >= 0.95 * pause * 2**number, (
                f"pause {number + 1} of `{step}` lasted {gap:.3f} s, and should last {pause * 2**number:.3f} s: "
                "each is twice the one before"
            )
        assert sum(gaps) <= 7 * pause + 1, (
            f"the three pauses of `{step}` lasted {sum(gaps):.1f} s together instead of {7 * pause:.2f} s: "
            "the default jitter of a retry policy adds up to a second to each"
        )
    for step in CHECKOUT_STEPS:
        backend = CheckoutBackend({step: [503, 422, 422]})
        (end,) = checked_out(submission, backend, budget, order=draw_order(submission.rng), runs=1)
        assert_checkout_failed(end, step, "ValueError")
        count = len(backend.times(step))
        assert count == 2, (
            f"`{step}` failed with `ConnectionError`, then with `ValueError`, "
            f"and was attempted {count} times instead of "
            "twice: only a `ConnectionError` is worth another attempt"
        )
        assert_earlier_once(
            backend, step, f"when `{step}` failed", "put the retry around the call that fails"
        )


@pytest.mark.exercise("retry_budget", points=1, needs=("server",), restarts=True)
def test_resumed_in_a_new_process(submission):
    """Every step fails, and each run goes on in a new process."""
    attempts = submission.rng.choice([1, 2])
    budget = {"attempts": attempts, "pause": 0.01, "seconds": 5}
    backend = CheckoutBackend({step: [503] * attempts for step in CHECKOUT_STEPS})
    order = draw_order(submission.rng)
    for number, step in enumerate(CHECKOUT_STEPS):
        (end,) = checked_out(submission, backend, budget, order=order, runs=1, resume=number > 0)
        assert_checkout_failed(end, step)
        if number % 2:
            submission.restart()
    (end,) = checked_out(submission, backend, budget, order=order, runs=1, resume=True)
    assert_checkout_done(end, backend, "after four runs that failed, each at the next step")
    counts = backend.counts()
    assert set(counts.values()) == {attempts + 1}, (
        "each step failed in one run and succeeded in the next; the backend "
        f"was asked {counts}, instead of {attempts} "
        "times and once more for each: a step that has succeeded is not called again"
    )


@pytest.mark.exercise("meet_deadline", points=1, needs=("server",))
def test_late_answer_overtakes(submission):
    """The late answer comes while the next call waits for its own."""
    rng = submission.rng
    carrier, order = QuoteCarrier(rng, ["hang", "overtaken"]), draw_order(rng)
    seconds = 0.8
    first, second, third = quoted(submission, carrier, [order] * 3, seconds, settle=False)
    assert_none_in_time(first, seconds)
    late, price = carrier.prices[:2]
    assert second.get("returned") != late, (
        f"the second call returned {late}, the answer to its first question, "
        "which came while it waited for the second: "
        "each call needs a place of its own for the answer"
    )
    assert_quote(second, price, "when a late answer came just before its own")
    assert_quote(third, price, "when the order had a quote")
    assert len(carrier.asked) == 2, f"the carrier was asked {len(carrier.asked)} times instead of twice"
    assert_quotes_kept(
        submission, order, [price], "a late answer is not saved, also when it comes during the next call"
    )


@pytest.mark.exercise("meet_deadline", points=1, needs=("server",))
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


@pytest.mark.exercise("meet_deadline", points=1, needs=("server",), restarts=True)
def test_orders_over_processes(submission):
    """Several orders, over three processes."""
    rng = submission.rng
    order = draw_order(rng)
    orders = [order, f"{order}-2"]
    carrier = QuoteCarrier(rng, ["hang", "now", "now"])
    late, other = quoted(submission, carrier, orders, 0.4, settle=False)
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
        f"the carrier was asked for {carrier.asked}: after a restart only an order without a quote is asked for"
    )
    for one, price in zip(orders, (carrier.prices[2], carrier.prices[1]), strict=True):
        assert_quotes_kept(submission, one, [price], "each order has a thread, and one quote in it")


@pytest.mark.exercise("degrade_and_continue", points=1, needs=("server",))
def test_every_class_of_failure(submission):
    """Whatever the recommender raises, it has its attempts, and then a page comes out."""
    rng = submission.rng
    default, attempts = draw_items(rng), rng.choice([2, 3])
    names = {
        422: "ValueError",
        404: "KeyError",
        504: "TimeoutError",
        507: "RuntimeError",
        502: "ConnectionError",
    }
    customers = rng.sample(FRONT_PEOPLE, len(names) + 1)
    for customer, (status, name) in zip(customers, names.items(), strict=False):
        backend = FrontPageBackend([status] * 9)
        (end,) = front_pages(submission, backend, customer, attempts=attempts, default=default)
        case = f"when the recommender raised `{name}`"
        assert_page(backend, end, {"customer": customer, "items": default, "degraded": True}, case)
        assert backend.asked == attempts, (
            f"{case}, it was asked {backend.asked} times instead of {attempts}: the "
            "default `retry_on` of a policy leaves out "
            "`ValueError`, `TimeoutError` and others"
        )
    backend = FrontPageBackend([])
    (end,) = front_pages(submission, backend, customers[-1], attempts=1, default=default)
    assert_page(
        backend, end, {"customer": customers[-1], "items": default, "degraded": True}, "with one attempt"
    )
    assert_front_asked(backend, 1, "with one attempt")


@pytest.mark.exercise("degrade_and_continue", points=1, needs=("server",), restarts=True)
def test_killed_while_publishing(submission):
    """A process is killed while it publishes a degraded page; the next one publishes the same."""
    rng = submission.rng
    customer, default, items = rng.choice(FRONT_PEOPLE), ["gift card"], draw_items(rng)
    how = {"attempts": 2, "default": default}
    (end,) = front_pages(submission, FrontPageBackend([items]), customer, **how)
    good = {"customer": customer, "items": items, "degraded": False}
    assert "raised" not in end, f"a good run ended in `{end['raised']}`"
    assert_page_saved(submission, good, "after a good run")
    submission.restart()
    backend = FrontPageBackend([503, 503], publishing=[submission.kill])
    front_pages(submission, backend, customer, **how)
    assert backend.published, "in a new process, with the recommender down, no page was published"
    backend.answers = [["something else"]]
    (end,) = front_pages(submission, backend, customer, runs=["resumed"], **how)
    case = "when the process was killed while it published, and the run went on in a new one"
    page = good | {"degraded": True}
    assert_page(backend, end, page, case)
    assert backend.published == [page, page], f"{case}, these pages were published: {backend.published}"
    assert backend.asked == 2, (
        f"{case}, the recommender was asked again: its failure, and the fallback, were saved"
    )
    assert_page_saved(submission, page, case)
