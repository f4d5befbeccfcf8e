"""Public tests of `degrade_and_continue`."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import often
from autograder.sandbox.http_server import Request, Response
from autograder.testing import evidence

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Sequence

    from autograder.sandbox.http_server import Request


FRONT_ITEMS = ("lamp", "kettle", "tent", "drill", "guitar", "printer", "saddle", "mirror", "ladder", "radio")
FRONT_PEOPLE = ("ada", "bob", "cleo", "dan", "eve", "finn", "gus", "hana", "ivy", "jon", "kim", "leo")


def run_front_page(build_front_page, url, db, customer, attempts, default, runs, graphs=1, at_once=False):
    """Run one graph, or several in turn: a run is new or resumed, and the customer's, or another's who is named in its place.

    Note how each of them ends. Runs may also come at once.
    """
    from concurrent.futures import ThreadPoolExecutor

    class Stopped(BaseException):
        """Ends the program, as `KeyboardInterrupt` does, and is no failure of the recommender."""

    import httpx
    from langgraph.checkpoint.sqlite import SqliteSaver

    client = httpx.Client(verify=False, timeout=10)
    kinds = {422: ValueError, 404: KeyError, 504: TimeoutError, 507: RuntimeError, 502: ConnectionError}
    kinds[410] = Stopped

    def recommend(customer):
        answer = client.get(f"{url}/{customer}")
        if answer.status_code in kinds:
            raise kinds[answer.status_code](f"status {answer.status_code}")
        return answer.raise_for_status().json()

    def publish(customer, items, degraded):
        page = {"customer": customer, "items": items, "degraded": degraded}
        client.post(f"{url}/publish", json=page).raise_for_status()

    with SqliteSaver.from_conn_string(db) as saver:
        saver.conn.execute("pragma synchronous = off")
        built = [build_front_page(saver, recommend, publish, attempts, default) for _ in range(graphs)]
        if not hasattr(built[0], "get_state"):
            return {"no graph": type(built[0]).__name__}

        def end(number, run):
            graph = built[number % graphs]
            who = customer if run in ("new", "resumed") else run
            given = None if run == "resumed" else {"customer": who}
            config = {"configurable": {"thread_id": f"page/{who}"}}
            try:
                graph.invoke(given, config, durability="sync")
            except (Exception, Stopped) as error:
                return {"raised": f"{type(error).__name__}: {error}".split("\n")[0]}
            return {}

        with ThreadPoolExecutor(len(runs) if at_once else 1) as pool:
            return {"ends": list(pool.map(end, range(len(runs)), runs))}


class FrontPageBackend:
    """Recommends what is left to recommend, a status or `reset` where it fails; notes what is published."""

    def __init__(
        self, answers: Iterable[int | str | list[str]], *, publishing: Iterable[int | Callable[[], None]] = ()
    ) -> None:
        self.answers, self.publishing = list(answers), list(publishing)
        self.meeting = threading.Barrier(1)  # with more parties, so many ask at the same time
        self.asked = 0
        self.customers = Counter[str]()
        self.published: list[dict[str, Any]] = []

    def __call__(self, request: Request) -> Response:
        if request.method == "POST":
            self.published.append(request.json)
            how = self.publishing.pop(0) if self.publishing else 200
            if callable(how):
                how()
                return Response()
            return Response(status=how)
        self.asked += 1
        self.customers[request.path[1:]] += 1
        with contextlib.suppress(threading.BrokenBarrierError):
            self.meeting.wait(1)
        answer = self.answers.pop(0) if self.answers else 503
        if answer == "reset":
            return Response(reset=True)
        return Response(status=answer) if isinstance(answer, int) else Response(body=answer)


def draw_items(rng: random.Random) -> list[str]:
    """Draw what is recommended."""
    return rng.sample(FRONT_ITEMS, rng.choice([1, 2, 3]))


def front_pages(
    submission: Any, backend: FrontPageBackend, customer: str, *, runs: Sequence[str] = ("new",), **how: Any
) -> list[dict[str, Any]]:
    """Let the learner's graph run against a backend; return how its runs ended."""
    server, db = submission.serve(backend), submission.path("pages.db")
    dies = any(callable(one) for one in backend.publishing)
    seen = submission.observe(
        run_front_page, url=server.url, db=db, customer=customer, runs=runs, dies=dies, **how
    )
    if seen is None:
        return []
    kind = seen.get("no graph")
    assert kind is None, f"`build_front_page` returned a value of type {kind}, not a compiled graph"
    others = sorted(backend.customers.keys() - {customer, *runs})
    assert not others, f"the page is for {customer!r}, but `recommend` was called with {others[0]!r}"
    return seen["ends"]


def assert_published(backend: FrontPageBackend, case: str) -> None:
    """Expect a run that ended well to have called `publish`."""
    assert backend.published, (
        f"{case}, no page was published, and no error came out: LangGraph doesn't follow a failed node's edges, "
        "so a handler that returns a dict ends the branch. Say which node comes next"
    )


def assert_page(backend: FrontPageBackend, end: dict[str, Any], page: dict[str, Any], case: str) -> None:
    """Expect a run to have ended well, and this page to have been published last."""
    assert "raised" not in end, f"{case}, the run ended in `{end['raised']}`: publish a page anyway"
    assert_published(backend, case)
    got = backend.published[-1]
    assert got.get("items") == page["items"], (
        f"{case}, {got.get('items')} was published instead of {page['items']}: "
        + (
            "an empty list is a recommendation too, so check whether there is a list, not whether it's true"
            if not page["items"]
            else "a thread's state outlives the run, so it still has what was shown last"
            if page["degraded"]
            else "publish what the recommender returned"
        )
    )
    assert got.get("degraded") is page["degraded"], (
        f"{case}, a page was published with `degraded` {got.get('degraded')!r} instead of {page['degraded']}: "
        + (
            "the page must say that it's degraded"
            if page["degraded"]
            else "a thread keeps a flag until a node writes it, so it still says degraded unless you write `False`"
        )
    )
    assert got == page, f"{case}, what was published is {got} instead of {page}"


def assert_page_saved(submission: Any, page: dict[str, Any], case: str, why: str = "") -> None:
    """Expect the newest checkpoint of a customer's thread to hold the page."""
    why = why or "LangGraph saves only the state's channels"
    rows = evidence.checkpoints(submission.file("pages.db"), f"page/{page['customer']}")
    assert rows, f"{case}, the thread has no checkpoint: compile the graph with `saver`"
    held = {key: rows[-1].values.get(key) for key in ("items", "degraded")}
    assert held == {key: page[key] for key in held}, (
        f"{case}, the newest checkpoint has `items` {held['items']} and `degraded` {held['degraded']}, and the page {page['items']} and "
        f"{page['degraded']}: {why}"
    )


SAVED_BEFORE = (
    "state is saved when a node ends, so return the page from a node before the one that publishes it"
)


def assert_front_asked(backend: FrontPageBackend, count: int, case: str, before: bool = False) -> None:
    """Expect the recommender to have been asked so often. With `before`, a run of the thread had its attempts, and failed."""
    assert backend.asked == count or not before, (
        f"{case}, it was asked {often(backend.asked)} instead of {often(count)}, and a run before had all its attempts. Each run has its "
        "own, and a thread's state outlives it: count from zero"
    )
    assert backend.asked != 1 or count == 1, (
        f"{case}, it was asked once instead of {often(count)}: if you catch an "
        "exception in the node, no policy ever sees it. Count the attempts where you catch it"
    )
    assert backend.asked == count, f"{case}, it was asked {often(backend.asked)} instead of {often(count)}"


@pytest.mark.exercise("degrade_and_continue", points=1, rules=(1, 3, 4), needs=("server",))
def test_page_without_recommendations(submission):
    """The recommender is down: after its attempts the default page comes out, and says so."""
    rng = submission.rng
    customer, default, attempts = rng.choice(FRONT_PEOPLE), draw_items(rng), rng.choice([2, 3])
    backend = FrontPageBackend([])
    (end,) = front_pages(submission, backend, customer, attempts=attempts, default=default)
    case = "with the recommender down"
    page = {"customer": customer, "items": default, "degraded": True}
    assert_page(backend, end, page, case)
    assert_front_asked(backend, attempts, case)
    assert len(backend.published) == 1, (
        f"{case}, {len(backend.published)} pages were published instead of one"
    )
    assert_page_saved(submission, page, case)
    (end,) = front_pages(submission, backend, customer, attempts=attempts, default=["gift card"])
    case = "with the recommender still down"
    assert_page(backend, end, page | {"items": backend.published[-1]["items"]}, case)
    assert backend.published[-1] == page, (
        f"{case}, and with another default, {backend.published[-1]['items']} was published instead of {default}: what the last run "
        "showed is shown again, even if it was a default"
    )


@pytest.mark.exercise("degrade_and_continue", points=2, rules=(1, 2, 3, 4), needs=("server",))
def test_good_and_degraded_runs(submission):
    """Good and degraded runs of one thread: the last items are shown again, the flag goes up and down."""
    rng = submission.rng
    customer, default = rng.choice(FRONT_PEOPLE), ["gift card"]
    first, second = draw_items(rng), draw_items(rng)
    backend, before, failed = FrontPageBackend([]), {}, False
    for answers, items, case in (
        ([first], first, "in a good run"),
        ([503, "reset"], first, "with the recommender down, after a good run"),
        ([503, 503], first, "with the recommender down for the second time"),
        ([503, second], second, "when the second of two attempts succeeded, after two bad runs"),
        (["reset", 503], second, "with the recommender down for the third time"),
        ([[]], [], "when an empty list was recommended"),
        ([503, 503], [], "with the recommender down, after an empty list was shown"),
    ):
        backend.answers, backend.asked, backend.published = list(answers), 0, []
        (end,) = front_pages(submission, backend, customer, attempts=2, default=default)
        page = {"customer": customer, "items": items, "degraded": items not in answers}
        assert backend.published or page != before, (
            f"{case}, no page was published: it's the same as the last run's, but each run publishes its own"
        )
        before = page
        assert_page(backend, end, page, case)
        assert_front_asked(backend, len(answers), case, before=failed)
        failed |= page["degraded"]
        assert len(backend.published) == 1, (
            f"{case}, {len(backend.published)} pages were published instead of one"
        )
        if case != "in a good run":  # the runs that follow say more about a flag that nobody wrote
            assert_page_saved(submission, page, case)


@pytest.mark.exercise("degrade_and_continue", points=1, rules=(5,), needs=("server",))
def test_publishing_fails(submission):
    """Publishing fails: the error comes out, and the resumed run publishes the same page."""
    rng = submission.rng
    customer, default, attempts = rng.choice(FRONT_PEOPLE), draw_items(rng), rng.choice([2, 3])
    backend = FrontPageBackend([], publishing=[500])
    (bad,) = front_pages(submission, backend, customer, attempts=attempts, default=default)
    page = {"customer": customer, "items": default, "degraded": True}
    if "raised" not in bad:
        assert_published(backend, "with the recommender down")
    assert "raised" in bad, (
        "`publish` failed, and the run ended as if nothing had failed: the retries and the "
        "fallback are for the recommender, so give them to one node only"
    )
    assert_page_saved(submission, page, "after `publish` raised", SAVED_BEFORE)
    (good,) = front_pages(
        submission, backend, customer, attempts=attempts, default=["gift card"], runs=["resumed"]
    )
    case = "when a run that couldn't publish its page was resumed"
    assert_page(backend, good, page, case)
    assert backend.asked <= attempts, (
        f"{case}, the recommender was asked again: a node is saved only when it ends, "
        "so put `recommend` into a node before the one that publishes"
    )
    assert_front_asked(backend, attempts, case)
    assert len(backend.published) == 2, (
        f"{case}, `publish` was called {often(len(backend.published))} in all "
        "instead of twice: only what failed runs again"
    )
    assert_page_saved(submission, page, case)
