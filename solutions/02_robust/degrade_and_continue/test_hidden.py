"""Hidden tests of `degrade_and_continue`."""

from __future__ import annotations

import threading

import pytest

from autograder.counts import often

from test_degrade_and_continue import (
    FRONT_ITEMS,
    FRONT_PEOPLE,
    SAVED_BEFORE,
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
    customers = rng.sample(FRONT_PEOPLE, len(names) + 2)
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
    backend = FrontPageBackend([410])
    (end,) = front_pages(submission, backend, customers[-2], attempts=attempts, default=default)
    assert "raised" in end and not backend.published, (
        "`recommend` was stopped by a `BaseException`, as Ctrl+C raises one, and "
        + ("a page was published" if backend.published else "the run ended as if nothing had happened")
        + ": it's no `Exception`, so let it come out of `invoke`"
    )


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
    page = good | {"degraded": True}
    assert_page_saved(submission, page, "when it was killed while it published", SAVED_BEFORE)
    backend.answers = [["something else"]]
    (end,) = front_pages(submission, backend, customer, runs=["resumed"], **how)
    case = "when the process was killed while it published, and the run went on in a new one"
    assert_page(backend, end, page, case)
    assert backend.published == [page, page], f"{case}, these pages were published: {backend.published}"
    assert backend.asked == 2, (
        f"{case}, the recommender was asked again, although its failure and the fallback were saved"
    )
    assert_page_saved(submission, page, case)


@pytest.mark.exercise("degrade_and_continue", points=1, rules=(1, 3), needs=("server",))
def test_one_graph_for_all(submission):
    """A graph serves several customers, run after run, and beside another: each sees their own last page."""
    rng = submission.rng
    ada, bob = rng.sample(FRONT_PEOPLE, 2)
    default, first, second = ["gift card"], draw_items(rng), draw_items(rng)
    backend = FrontPageBackend([first, 503, 503, 503, 503, 503, second])
    ends = front_pages(submission, backend, ada, attempts=2, default=default, runs=["new", bob, "new", "new"])
    raised = next((end["raised"] for end in ends if end), "")
    assert not raised, f"with four runs of one graph, one ended in `{raised}`: publish a page anyway"
    assert len(backend.published) == 4, (
        f"four runs of one graph published {len(backend.published)} pages: publish one a run"
    )
    good, others, degraded, _ = backend.published
    assert good == {"customer": ada, "items": first, "degraded": False}, (
        f"in a good run, what was published is {good}"
    )
    assert others == {"customer": bob, "items": default, "degraded": True}, (
        f"{bob} never had a page, and was shown {others['items']} instead of the default after a run of {ada}'s: a "
        "variable outside the nodes is shared by all threads, so keep items in the state"
    )
    assert degraded == {"customer": ada, "items": first, "degraded": True}, (
        f"with the recommender down, {ada} was shown {degraded['items']}, although the last page had {first}: "
        "keep items in the state"
    )
    assert backend.asked == 7, (
        f"four runs of one graph asked the recommender {often(backend.asked)} instead of 7 times: each run has its own "
        "attempts, so count from zero in each, and neither outside it nor on from the thread's state"
    )
    page = {"customer": ada, "items": second, "degraded": False}
    assert_page(backend, ends[-1], page, "when the recommender was back, after a bad run of the same graph")
    between, last = rng.sample(FRONT_ITEMS, 2)
    backend = FrontPageBackend([[between], [last], 503])
    front_pages(submission, backend, ada, attempts=1, default=default, runs=["new"] * 3, graphs=2)
    shown = backend.published[-1]["items"]
    assert shown == [last], (
        f"{ada}'s last page, by another graph on the same saver, had {[last]}. Then the recommender was down, and the first graph "
        f"showed {shown}: another process may have run meanwhile, so ask the thread's state"
    )
    backend = FrontPageBackend([])
    backend.meeting = threading.Barrier(2)
    ends = front_pages(submission, backend, ada, attempts=2, default=default, runs=["new", bob], at_once=True)
    raised = next((end["raised"] for end in ends if end), "")
    assert backend.customers == {ada: 2, bob: 2}, (
        f"runs of {ada} and {bob} came at once, and the recommender was down: it was asked {often(backend.customers[ada])} for {ada} "
        f"and {often(backend.customers[bob])} for {bob}, instead of twice each. Each run has its own attempts, so don't count them "
        "outside the run"
    )
    assert not raised, (
        f"runs of {ada} and {bob} came at once, and one ended in `{raised}`: publish a page anyway"
    )
    shown = {page["customer"]: page["items"] for page in backend.published}
    right = {ada: [last], bob: default}
    assert shown == right, (
        f"runs of {ada} and {bob} came at once, with the recommender down, and showed {shown} instead of {right}: "
        "each shows its own customer's last page"
    )
