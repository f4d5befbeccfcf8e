"""Hidden tests of `degrade_and_continue`."""

from __future__ import annotations

import pytest

from common import often
from test_degrade_and_continue import (
    FRONT_PEOPLE,
    FrontPageBackend,
    assert_front_asked,
    assert_page,
    assert_page_saved,
    draw_items,
    front_pages,
)


@pytest.mark.exercise("degrade_and_continue", points=1, rules=(1, 3), needs=("server",))
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
            f"{case}, it was asked {often(backend.asked)} instead of {often(attempts)}: a "
            "policy's default `retry_on` leaves out "
            "`ValueError`, `TimeoutError` and others"
        )
    backend = FrontPageBackend([])
    (end,) = front_pages(submission, backend, customers[-1], attempts=1, default=default)
    assert_page(
        backend, end, {"customer": customers[-1], "items": default, "degraded": True}, "with one attempt"
    )
    assert_front_asked(backend, 1, "with one attempt")


@pytest.mark.exercise("degrade_and_continue", points=1, rules=(4, 5), needs=("server",), restarts=True)
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
        f"{case}, the recommender was asked again, although its failure and the fallback were saved"
    )
    assert_page_saved(submission, page, case)
