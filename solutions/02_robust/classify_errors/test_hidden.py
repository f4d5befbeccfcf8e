"""Hidden tests of `classify_errors`."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import suppress

import pytest

from autograder.counts import often
from autograder.sandbox.http_server import Response

from test_classify_errors import (
    CLIENTS,
    assert_final,
    assert_own_error,
    assert_price,
    assert_temporary,
    draw_sku,
    look_up_at_once,
    looked_up,
    lookup_fault,
)


@pytest.mark.exercise("classify_errors", points=1, rules=(1, 2), needs=("server",))
def test_every_status(submission):
    """Other statuses: 429 and 5xx are asked again, the rest are not."""
    for fault in (429, 500, 501, 502, 504, 505, 507, 511, 599):
        assert_temporary([looked_up(submission, client, [fault]) for client in CLIENTS], fault)
    assert_final([looked_up(submission, "httpx", [300] * 2)], 300)  # `requests` doesn't raise
    for fault in (400, 401, 403, 408, 409, 410, 422, 425, 451, 499):
        assert_final([looked_up(submission, client, [fault] * 2) for client in CLIENTS], fault)


@pytest.mark.exercise("classify_errors", points=1, rules=(1, 2), needs=("server",))
def test_answers_broken_and_senseless(submission):
    """An answer that breaks off is asked for again, and so is a slow connection; what makes no sense is not."""
    for fault in ("break", "ConnectTimeout"):
        assert_temporary([looked_up(submission, client, [fault]) for client in CLIENTS], fault)
    assert_temporary([looked_up(submission, "httpx", ["WriteError"])], "WriteError")
    assert_temporary([looked_up(submission, "requests", ["silent"])], "silent")
    for fault in ("garbage", "empty", "encoded", "TooManyRedirects"):
        assert_final([looked_up(submission, client, [fault] * 2) for client in CLIENTS], fault)


@pytest.mark.exercise("classify_errors", points=1, rules=(1, 2, 4), needs=("server",))
def test_mixtures(submission):
    """Failures of several kinds in one run, five runs at once, two of them for one sku, and two more runs later."""
    rng = submission.rng
    assert_each_run_has_three(submission)
    for client in CLIENTS:
        first, second = rng.sample([503, 429, "reset", "break", "hang"], 2)
        seen = looked_up(submission, client, [first, second])
        case = f"after {lookup_fault(first)} and {lookup_fault(second)} through `{client}`"
        assert seen["asked"] == 3, (
            f"{case}, the supplier was asked {often(seen['asked'])} instead of three times"
        )
        assert_price(seen, case)
        assert_final_after(submission, client, first, rng.choice([403, 404]), second)
        for before in (503, "reset", "break", "hang"):
            assert_final_after(submission, client, before, "empty", second)


def assert_final_after(submission, client, first, last, second):
    """Expect a final failure to end a run, whatever came before it, and the next run to have three attempts."""
    seen = looked_up(submission, client, [first, last, second, first], runs=2)
    case = f"after {lookup_fault(first)} and then {lookup_fault(last)} through `{client}`"
    asked, more = (end["asked"] for end in seen["ends"])
    assert asked < 3 or last != "empty", (
        f"{case}, the supplier was asked {often(asked)} instead of twice: the second answer was complete. The failure before is "
        "over, though it may be the error's `__context__`"
    )
    assert asked == 2, f"{case}, the supplier was asked {often(asked)} instead of twice"
    assert_own_error(seen["ends"][0], case)
    assert more == 3, (
        f"{case}, the run failed. Resumed, it asked {often(more)}: it has three new attempts, whatever ended the run before"
    )
    assert_price(seen, f"{case}, resumed")


def assert_each_run_has_three(submission):
    """Expect runs that come at once to have three attempts each, and later ones to ask for the price of that day."""
    *skus, down = [f"{draw_sku(submission.rng)}-{number}" for number in range(4)]
    asked, together = Counter(), threading.Barrier(len(skus) + 2)

    def answer(request):
        asked[request.path] += 1
        found, is_down = asked[request.path], request.path == f"/{down}"
        if found <= 3 or is_down:
            with suppress(threading.BrokenBarrierError):
                together.wait(5)
        return Response(status=503 if found < 3 or is_down else 200, body={"price": 4 * found})

    supplier = submission.serve(answer)
    ends = submission.observe(look_up_at_once, url=supplier.url, skus=[*skus, down, down], patience=20)
    wrong = next((end for end in ends[:3] if end != {"price": 12}), None)
    assert wrong is None, (
        f"of five runs at once, three found two 503s and then a price, and one of these ended with {wrong}: each has three attempts "
        "of its own, so count them inside the node"
    )
    both = [request.path for request in supplier.requests].count(f"/{down}")
    assert both == 6, (
        f"two runs looked up one sku at once and always found a 503, and the supplier was asked {often(both)}, not three times for "
        "each: every run has three attempts of its own, so count them inside the node, and not by sku"
    )
    for end, thread, price in zip(ends[5:], ("a new thread", "its own thread"), (16, 20), strict=True):
        assert end == {"price": price}, (
            f"a sku was looked up again, in {thread}. By then its price was {price}, not 12, but the run ended with {end}: "
            "every run calls `fetch`, so remember no prices"
        )
