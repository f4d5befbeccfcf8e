"""Hidden tests of `retry_budget`."""

from __future__ import annotations

from itertools import pairwise, product

import pytest

from autograder.counts import often

from common import draw_order
from test_retry_budget import (
    CHECKOUT_STEPS,
    CheckoutBackend,
    assert_checkout_done,
    assert_checkout_failed,
    assert_earlier_once,
    check_out_at_once,
    check_out_in_no_time,
    checked_out,
)


@pytest.mark.exercise("retry_budget", points=1, rules=(2, 4, 5, 6), needs=("server",))
def test_pauses_and_final_failures(submission):
    """The pauses double, and a final failure is not attempted again."""
    pause = submission.rng.choice([0.04, 0.05])
    budget = {"attempts": 4, "pause": pause, "seconds": 30}
    for step in submission.rng.sample(CHECKOUT_STEPS, 2):
        backend = CheckoutBackend({step: [503] * 3}, takes=pause)
        order = draw_order(submission.rng)
        (end,) = checked_out(submission, backend, budget, order=order, runs=1)
        assert_checkout_done(end, backend, f"after three failures of `{step}` and a success")
        times = backend.times(step)
        gaps = [after - before for before, after in pairwise(times)]
        assert len(gaps) == 3, f"`{step}` failed three times of four, and was attempted {often(len(times))}"
        for number, gap in enumerate(gaps):
            lasted = gap - backend.takes
            assert lasted >= 0.95 * pause * 2**number, (
                f"pause {number + 1} of `{step}` lasted {lasted:.3f} s instead of {pause * 2**number:.3f} s: "
                "each pause is twice as long as the one before, and begins when an attempt has failed"
            )
        assert sum(gaps) <= 10 * pause + 1, (
            f"the three pauses of `{step}` lasted {sum(gaps):.1f} s together instead of {7 * pause:.2f} s: "
            "the default jitter of a retry policy adds up to a second to each"
        )
    if not assert_no_pause_is_capped(submission):
        assert_half_a_second_doubles(submission)
    budget["pause"] = 0.002  # nothing is timed from here on
    finals = [*product(CHECKOUT_STEPS, ((422, "ValueError"), (504, "TimeoutError")))]
    finals += product(("charge", "mail"), ((521, "httpx.ConnectError"), (522, "requests.ConnectionError")))
    for step, (status, kind) in finals:
        backend = CheckoutBackend({step: [503, status, status, status]})
        (end,) = checked_out(submission, backend, budget, order=draw_order(submission.rng), runs=1)
        count = len(backend.times(step))
        assert count == 2, (
            f"`{step}` failed with `ConnectionError`, then with `{kind}`, "
            f"and was attempted {often(count)} instead of "
            "twice: only Python's own `ConnectionError` is worth another attempt"
            + ("" if status == 422 else f", and `{kind}` is not one")
        )
        assert_checkout_failed(end, step, kind)
        assert_earlier_once(
            backend, step, f"when `{step}` failed", "put the retry around the call that fails"
        )


def assert_half_a_second_doubles(submission):
    """Expect a pause of half a second, and then one of a whole, from those whose clock can't be made to jump."""
    backend = CheckoutBackend({"reserve": [503] * 2})
    given = {"attempts": 3, "pause": 0.5, "seconds": 30}
    checked_out(submission, backend, given, order=draw_order(submission.rng), runs=1)
    gaps = [after - before for before, after in pairwise(backend.times("reserve"))]
    assert gaps and gaps[0] < 0.9, (
        f"with `pause` 0.5, the first pause lasted {gaps[0]:.2f} s: it's `pause` seconds, and only the next one is twice as long"
    )
    assert gaps[1:] and gaps[1] >= 0.95, (
        f"with `pause` 0.5, the pauses lasted {' and '.join(f'{gap:.2f} s' for gap in gaps)}: the second is twice as long as the "
        "first, and no pause is too long"
    )


def assert_no_pause_is_capped(submission):
    """Expect long pauses to double like short ones, where `time.sleep` makes them: then nobody need wait for them.

    Tell whether it does.
    """
    short, long = ({"attempts": 5, "pause": pause, "seconds": 3600} for pause in (0.005, 15))
    fails = {"reserve": 4}
    tried = submission.observe(check_out_in_no_time, budget=short, fails=fails)
    known = [at for step, at in tried if step == "reserve"]
    if known != pytest.approx([0, 0.005, 0.015, 0.035, 0.075], rel=0.05):
        return False  # they wait in another way
    tried = submission.observe(check_out_in_no_time, budget=long, fails=fails)
    jumps = [at for step, at in tried if step == "reserve"]
    pauses = [after - before for before, after in pairwise(jumps)]
    asked = [15, 30, 60, 120]
    assert pauses == pytest.approx(asked, rel=0.05), (
        f"with `pause` 15, the pauses lasted {', '.join(f'{pause:.0f}' for pause in pauses)} s instead of "
        f"{', '.join(map(str, asked))} s: each is twice as long as the one before, however long that is, so set no upper limit"
    )
    given = {"budget": {**long, "attempts": 2}, "fails": {"reserve": 4, "mail": 4}, "runs": 4}
    tried = submission.observe(check_out_in_no_time, **given)
    for name in given["fails"]:
        times = [at for step, at in tried if step == name][:4]
        first, _, second = [after - before for before, after in pairwise(times)]
        assert second == pytest.approx(first, rel=0.05), (
            f"with `pause` 15, the first pause of `{name}` lasted {first:.0f} s, and {second:.0f} s in the resumed run of the same process: "
            "a run's first pause is `pause` again, so keep nothing about a run beside the graph"
        )
    return True


@pytest.mark.exercise("retry_budget", points=1, rules=(5, 6), needs=("server",), restarts=True)
def test_resumed_in_a_new_process(submission):
    """Every step fails, and each run goes on in a new process."""
    attempts = submission.rng.choice([1, 2])
    budget = {"attempts": attempts, "pause": 0.01, "seconds": 5}
    backend = CheckoutBackend({step: [503] * attempts for step in CHECKOUT_STEPS})
    order = draw_order(submission.rng)
    assert_each_has_its_own(submission)
    for number, step in enumerate(CHECKOUT_STEPS):
        (end,) = checked_out(submission, backend, budget, order=order, runs=1, resume=number > 0)
        assert_checkout_failed(end, step)
        if number % 2:
            submission.restart()
    (end,) = checked_out(submission, backend, budget, order=order, runs=1, resume=True)
    assert_checkout_done(end, backend, "after four runs that failed, each at the next step")
    counts = backend.counts()
    assert set(counts.values()) == {attempts + 1}, (
        "each step failed in one run and succeeded in the next, so the backend should be asked "
        f"{often(attempts + 1)} for each. It was asked {counts}: don't call a step again once it has succeeded"
    )


def assert_each_has_its_own(submission):
    """Expect two orders that are checked out at once to have attempts of their own."""
    orders = [f"{draw_order(submission.rng)}-{letter}" for letter in "ab"]
    budget = {"attempts": 3, "pause": 0.01, "seconds": 30}
    ends = submission.observe(check_out_at_once, orders=orders, budget=budget)
    right = [{step: f"{step} of {order}" for step in CHECKOUT_STEPS} for order in orders]
    wrong = next((end for end, refs in zip(ends, right, strict=True) if end != refs), None)
    if ends != right:
        alone = submission.observe(check_out_at_once, orders=orders[:1], budget=budget)
        assert alone == right[:1], (
            f"one order was checked out, each step succeeded in its third attempt of {budget['attempts']}, and the run ended with "
            f"{alone[0]!r}: each step has attempts of its own"
        )
    assert wrong is None, (
        f"two orders were checked out by one graph at once, each step succeeded in its third attempt, and one run ended with "
        f"{wrong!r}: keep nothing about a run beside the graph"
    )
