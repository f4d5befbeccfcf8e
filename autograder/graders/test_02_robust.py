"""Public tests of module 02: errors, retries, deadlines, fallbacks."""

from __future__ import annotations

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from autograder.sandbox.http_server import Request, Response
from autograder.sandbox.outcomes import LearnerError
from autograder.testing import evidence

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Sequence

    from autograder.sandbox.http_server import Request


CLIENTS = ("requests", "httpx")


def often(count: int) -> str:
    """Say in words how often."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


# --- classify_errors ---------------------------------------------------------------------------------

LOOKUP_PATIENCE = 0.3  # seconds that `fetch` waits for an answer
LOOKUP_FAULTS = {
    "no answer in time": "hang",
    "a connection that is reset": "reset",
    "a connection that breaks in the middle of the answer": "break",
    "an answer that is no JSON": "garbage",
    "an answer without a price": "empty",
}


def look_up(build_lookup, url, client, sku, patience, runs):
    """Run the graph for a sku and then resume it, `runs` runs in all; note how each of them ends."""
    import httpx
    import requests
    from langgraph.checkpoint.memory import InMemorySaver

    raised = []

    def ask(sku):
        if client == "requests":
            answer = requests.get(f"{url}/{sku}", timeout=patience)
        else:
            with httpx.Client(verify=False, timeout=patience) as session:
                answer = session.get(f"{url}/{sku}")
        answer.raise_for_status()
        return answer.json()["price"]

    def fetch(sku):
        try:
            return ask(sku)
        except Exception as error:
            raised.append(error)
            raise

    graph = build_lookup(InMemorySaver(), fetch)
    if not hasattr(graph, "get_state"):
        return {"no graph": type(graph).__name__}
    config, ends = {"configurable": {"thread_id": "import"}}, []
    for number in range(runs):
        try:
            state = graph.invoke(None if number else {"sku": sku}, config)
            ends.append({"price": state.get("price") if isinstance(state, dict) else state})
        except Exception as error:
            own = bool(raised) and error is raised[-1]
            ends.append({"raised": f"{type(error).__name__}: {error}".split("\n")[0], "own": own})
    return {"ends": ends}


def draw_sku(rng: random.Random) -> str:
    """Draw the number of an article."""
    return f"{rng.choice('ABCDEFGH')}-{rng.randrange(10, 10**5)}"


def lookup_answer(fault: int | str, price: int) -> Response:
    """Answer one request: with a status, or in one of the ways to fail that have none."""
    if fault == "hang":
        time.sleep(2 * LOOKUP_PATIENCE)
    if fault == "reset":
        return Response(reset=True)
    if fault == "break":
        return Response(body={"price": price}, headers={"Content-Length": "4096", "Connection": "close"})
    if fault == "garbage":
        return Response(body="<html>price on request</html>")
    if fault == "empty":
        return Response(body={"article": "known"})
    return Response(status=fault if isinstance(fault, int) else 200, body={"price": price})


def looked_up(submission: Any, client: str, faults: Sequence[int | str], *, runs: int = 1) -> dict[str, Any]:
    """Let a supplier fail in these ways, one a request, and then answer; return what was seen."""
    sku, price, left = draw_sku(submission.rng), submission.rng.randrange(100, 10**6), iter(faults)
    supplier = submission.serve(lambda request: lookup_answer(next(left, 200), price))
    seen = submission.observe(
        look_up, url=supplier.url, client=client, sku=sku, patience=LOOKUP_PATIENCE, runs=runs
    )
    kind = seen.get("no graph")
    assert kind is None, f"`build_lookup` returned a value of type {kind}, not a compiled graph"
    asked = [request.path for request in supplier.requests]
    # A request that its client gave up may arrive late, and is then that of an earlier sku.
    assert not asked or f"/{sku}" in asked, (
        f"`fetch` was called with {asked[-1][1:]!r} and not with the sku, {sku!r}"
    )
    return seen | {"asked": asked.count(f"/{sku}"), "price": price, "client": client}


def lookup_fault(fault: int | str) -> str:
    """Name a fault in words."""
    return next((name for name, kind in LOOKUP_FAULTS.items() if kind == fault), f"status {fault}")


def assert_price(seen: dict[str, Any], case: str) -> None:
    """Expect the last run to have returned the price."""
    end = seen["ends"][-1]
    assert "raised" not in end, f"{case}, the run ended in `{end['raised']}` instead of with the price"
    assert end["price"] == seen["price"], (
        f"{case}, `price` is {end['price']!r} and not {seen['price']}, which `fetch` had returned"
    )


def assert_own_error(end: dict[str, Any], case: str) -> None:
    """Expect a run to have ended in the error that `fetch` raised."""
    assert "raised" in end, (
        f"{case}, `invoke` returned as if all were well: let the error of `fetch` out, so that the thread waits"
    )
    assert end["own"], (
        f"{case}, `invoke` raised `{end['raised']}`, which is not the error that `fetch` raised"
    )


def assert_final(seen: Sequence[dict[str, Any]], fault: int | str) -> None:
    """Expect a final failure to have been asked once through each client."""
    counts = {one["client"]: one["asked"] for one in seen}
    what = lookup_fault(fault)
    assert all(counts.values()), "the supplier was not asked at all: call `fetch(sku)` in a node"
    if isinstance(fault, int) and counts["requests"] > counts["httpx"] == 1:
        raise AssertionError(
            f"{what} was asked {counts['requests']} times through `requests` and "
            "once through `httpx`, as the default policy "
            "of LangGraph does it: give `retry_on` a function of yours that looks at the status"
        )
    many = [client for client, count in counts.items() if count > 1]
    if isinstance(fault, int):
        assert not many, (
            f"{what} was asked {counts[many[0]]} times through `{many[0]}`, "
            "and will be the same at each attempt: "
            "an error that carries a response is temporary or final as the status decides, not its class"
        )
    assert not many, (
        f"{what} was asked for {counts[many[0]]} times through `{many[0]}`: "
        "it came whole, and will make no more sense "
        "the next time; not every error that a client raises is the network's"
    )
    for one in seen:
        assert_own_error(one["ends"][0], f"after {what} through `{one['client']}`")


def assert_temporary(seen: Sequence[dict[str, Any]], fault: int | str) -> None:
    """Expect a temporary failure, followed by an answer, to have been asked twice through each client."""
    counts = {one["client"]: one["asked"] for one in seen}
    what = lookup_fault(fault)
    assert all(counts.values()), "the supplier was not asked at all: call `fetch(sku)` in a node"
    once = [client for client, count in counts.items() if count == 1]
    if isinstance(fault, int):
        assert once != ["requests"], (
            f"{what} was given up at once through `requests`, though not "
            "through `httpx`: a response of `requests` "
            "counts as false when its status is an error, so ask whether it `is None`"
        )
        assert not once, f"{what} was given up after one request through `{once[0]}`: it is temporary"
    error = next((one["ends"][0].get("raised") for one in seen if one["client"] in once), "")
    assert not once, (
        f"{what} was given up after one request through `{once[0]}`, with "
        f"`{error}`: clients raise classes of their own, "
        "which need not be Python's `ConnectionError` or `TimeoutError`, so look up what this one descends from"
    )
    for one in seen:
        case = f"after {what} and then an answer through `{one['client']}`"
        assert one["asked"] == 2, f"{case}, there were {one['asked']} requests instead of two"
        assert_price(one, case)


@pytest.mark.exercise("classify_errors", points=1, needs=("server",))
def test_404_is_asked_once(submission):
    """A 404 is asked once, through requests and through httpx."""
    assert_final([looked_up(submission, client, [404, 404]) for client in CLIENTS], 404)


@pytest.mark.exercise("classify_errors", points=2, needs=("server",))
def test_temporary_failures_are_asked_again(submission):
    """A 503, a 429, a connection that is reset or breaks, and no answer in time are asked again."""
    for fault in (503, 429, "reset", "break", "hang"):
        assert_temporary([looked_up(submission, client, [fault]) for client in CLIENTS], fault)


@pytest.mark.exercise("classify_errors", points=1, needs=("server",))
def test_three_attempts_then_the_thread_waits(submission):
    """After three attempts the error comes out, and the thread can be resumed."""
    client = submission.rng.choice(CLIENTS)
    seen = looked_up(submission, client, [503, 502, "reset", 503, 502, "reset"])
    assert_own_error(seen["ends"][0], "after three failures in a row")
    assert seen["asked"] <= 3, f"{seen['asked']} requests were made in one run that failed, not three at most"
    seen = looked_up(submission, client, [503, 502, "reset", 503, 502], runs=2)
    assert_own_error(seen["ends"][0], "after five failures in a row")
    assert seen["asked"] != 4, (
        "the supplier was asked twice in the run that failed, and twice in the "
        "one that resumed it, instead of three times: "
        "`max_attempts` counts the first attempt, too"
    )
    assert seen["asked"] == 6, (
        f"{seen['asked']} requests were made in the run that failed and the "
        "one that resumed it, instead of three in each"
    )
    assert_price(seen, "after five failures in two runs, of three attempts each")


# --- retry_budget ------------------------------------------------------------------------------------

CHECKOUT_STEPS = ("reserve", "charge", "invoice", "mail")
CHECKOUT_SLACK = 0.3  # seconds that an attempt may be late, for the machine may be busy


def check_out(build_checkout, url, db, order, budget, runs, between=0.0, resume=False):
    """Run the checkout, then resume it, `runs` runs in all; note how each of them ends."""
    import time

    import httpx
    from langgraph.checkpoint.sqlite import SqliteSaver

    client = httpx.Client(verify=False, timeout=10)

    def call(step, order):
        answer = client.post(f"{url}/{step}", json={"order": order})
        if answer.status_code == 503:
            raise ConnectionError(f"{step}: 503")
        if answer.status_code != 200:
            raise ValueError(f"{step}: {answer.status_code}")
        return answer.text

    config, ends, spaces = {"configurable": {"thread_id": order}}, [], set()
    with SqliteSaver.from_conn_string(db) as saver:
        saver.conn.execute("pragma synchronous = off")
        graph = build_checkout(saver, call, **budget)
        if not hasattr(graph, "get_state"):
            return {"no graph": type(graph).__name__}
        for number in range(runs):
            given = None if resume or number else {"order": order}
            time.sleep(between if number else 0)
            try:
                for space, _ in graph.stream(given, config, stream_mode="updates", subgraphs=True):
                    spaces.update(name.split(":")[0] for name in space)
                ends.append({"refs": graph.get_state(config).values.get("refs")})
            except (ConnectionError, ValueError) as error:
                kind = "ConnectionError" if isinstance(error, ConnectionError) else "ValueError"
                ends.append({"raised": kind, "text": str(error)})
    return {"ends": ends, "spaces": sorted(spaces)}


class CheckoutBackend:
    """Answers each step with the statuses that are left for it, then with 200; notes when it was asked."""

    def __init__(self, statuses: dict[str, list[int]], *, takes: float = 0.0) -> None:
        self.statuses, self.takes = statuses, takes
        self.asked: list[tuple[str, float]] = []
        self.orders: set[str] = set()
        self.refs: dict[str, str] = {}

    def __call__(self, request: Request) -> Response:
        step = request.path[1:]
        self.asked.append((step, time.monotonic()))
        self.orders.add(str(request.json["order"]))
        if left := self.statuses.get(step):
            time.sleep(self.takes)
            return Response(status=left.pop(0))
        self.refs[step] = f"{step[0]}-{len(self.asked)}-{request.json['order']}"
        return Response(body=self.refs[step])

    def times(self, step: str) -> list[float]:
        """Return when a step was asked, in order."""
        return [when for name, when in self.asked if name == step]

    def counts(self) -> dict[str, int]:
        """Return how often each step was asked."""
        return {step: len(self.times(step)) for step in CHECKOUT_STEPS}


def draw_order(rng: random.Random) -> str:
    """Draw the number of an order."""
    return f"o-{rng.randrange(10**3, 10**6)}"


def checked_out(
    submission: Any, backend: CheckoutBackend, budget: dict[str, Any], *, order: str, **how: Any
) -> list[dict[str, Any]]:
    """Let the learner's checkout talk to a backend; return how its runs ended."""
    server, db = submission.serve(backend), submission.path("checkout.db")
    seen = submission.observe(check_out, url=server.url, db=db, order=order, budget=budget, **how)
    kind = seen.get("no graph")
    assert kind is None, f"`build_checkout` returned a value of type {kind}, not a compiled graph"
    assert backend.asked, "the backend was not asked at all: call `call(step, order)` for each step"
    others = sorted(backend.orders - {order})
    assert not others, f"the backend was asked about the order {others[0]!r}, and the run was about {order!r}"
    paid = "reserve" in backend.refs and not how.get("resume")
    assert not paid or "payment" in seen["spaces"], (
        "nothing ran in a subgraph named `payment`: compile a graph of "
        "`reserve` and `charge`, and make it that node"
    )
    return seen["ends"]


def assert_checkout_failed(end: dict[str, Any], step: str, kind: str = "ConnectionError") -> None:
    """Expect a run to have ended in the error of a step."""
    assert end.get("raised") == kind, (
        f"`{step}` failed for good, and the run "
        + (f"raised {end['raised']} instead of {kind}" if "raised" in end else "ended as if all were well")
        + ": let the error of `call` out, so that the thread can be resumed"
    )


def assert_checkout_done(end: dict[str, Any], backend: CheckoutBackend, case: str) -> None:
    """Expect a run to have ended with what the backend returned for the four steps."""
    assert "raised" not in end, (
        f"{case}, the run ended in `{end['raised']}: {end['text']}` instead of with the four `refs`"
    )
    assert end["refs"] == backend.refs, (
        f"{case}, `refs` is {end['refs']}, but the backend had returned {backend.refs}"
    )


def assert_earlier_once(backend: CheckoutBackend, step: str, case: str, why: str) -> None:
    """Expect the steps before a failing one to have been asked once, and the steps after it not at all."""
    counts, place = backend.counts(), CHECKOUT_STEPS.index(step)
    for earlier in CHECKOUT_STEPS[:place]:
        assert counts[earlier], f"{case}, `{step}` was called before `{earlier}`: keep the order of the steps"
        assert counts[earlier] == 1, (
            f"{case}, `{earlier}` was called {counts[earlier]} times, though "
            f"it had succeeded the first time: {why}"
        )
    late = [later for later in CHECKOUT_STEPS[place + 1 :] if counts[later]]
    assert not late, f"{case}, `{late[0]}` was called all the same: it comes after `{step}`"


@pytest.mark.exercise("retry_budget", points=2, needs=("server",))
def test_attempts_of_each_step(submission):
    """Each of the four steps fails in turn: it has its attempts, and no other step is repeated."""
    attempts = submission.rng.choice([3, 4])
    budget = {"attempts": attempts, "pause": 0.01, "seconds": 30}
    for step in CHECKOUT_STEPS:
        backend = CheckoutBackend({step: [503] * 100})
        order = draw_order(submission.rng)
        (end,) = checked_out(submission, backend, budget, order=order, runs=1)
        count, case = len(backend.times(step)), f"when `{step}` failed"
        assert count != attempts + 1, (
            f"`{step}` was attempted {count} times instead of {attempts}: `max_attempts`, "
            "and our `attempts`, counts the first"
        )
        assert count != attempts**2, (
            f"`{step}` was attempted {count} times, {attempts} times {attempts}: "
            "retries at two levels multiply, so keep one"
        )
        assert count == attempts, f"`{step}` was attempted {often(count)} instead of {often(attempts)}"
        why = (
            "a retry in the same process runs a subgraph again from its "
            "start, so put it around the call that fails"
            if step == "charge"
            else "a retry in the same process runs all of the node again, its "
            "finished tasks and subgraphs included, "
            "so put it around the call that fails"
        )
        assert_earlier_once(backend, step, case, why)
        assert_checkout_failed(end, step)
    step = submission.rng.choice(CHECKOUT_STEPS)
    backend = CheckoutBackend({step: [503] * (attempts - 1)})
    (end,) = checked_out(submission, backend, budget, order=draw_order(submission.rng), runs=1)
    assert_checkout_done(end, backend, f"after {attempts - 1} failures of `{step}` and a success")


@pytest.mark.exercise("retry_budget", points=1, needs=("server",))
def test_total_time_is_limited(submission):
    """A backend that takes long to fail: no attempt begins after the time is up."""
    budget = {"attempts": 5, "pause": 0.02, "seconds": 0.3}
    for step in (submission.rng.choice(("reserve", "charge")), submission.rng.choice(("invoice", "mail"))):
        backend = CheckoutBackend({step: [503] * 100}, takes=0.1)
        order = draw_order(submission.rng)
        (end,) = checked_out(submission, backend, budget, order=order, runs=1)
        times = backend.times(step)
        last = times[-1] - times[0]
        assert last <= budget["seconds"] + CHECKOUT_SLACK, (
            f"attempt {len(times)} of `{step}` began {last:.1f} s after the first "
            f"one, where `seconds` was {budget['seconds']}: "
            "the backend takes its time to fail, and a retry policy knows no limit "
            "of time, so look at a clock before each attempt"
        )
        assert len(times) > 1, (
            f"`{step}` failed after 0.1 s, there were {budget['seconds']} s, and it was not attempted again"
        )
        assert_checkout_failed(end, step)


@pytest.mark.exercise("retry_budget", points=1, needs=("server",))
def test_resumed_run_has_a_new_budget(submission):
    """A resumed run goes on at the step that failed, with a new budget."""
    budget = {"attempts": 2, "pause": 0.01, "seconds": 0.25}
    for step in ("charge", "mail"):
        backend = CheckoutBackend({step: [503] * 3})
        order = draw_order(submission.rng)
        ends = checked_out(submission, backend, budget, order=order, runs=2, between=budget["seconds"] + 0.05)
        assert_checkout_failed(ends[0], step)
        counts = backend.counts()
        repeated = [name for name in CHECKOUT_STEPS if name != step and counts[name] > 1]
        assert not repeated, (
            f"when the run was resumed after `{step}` had failed, `{repeated[0]}` "
            "was called again, though it had succeeded: "
            "a node is saved when it ends, so what may not be repeated within it must be a `@task`"
        )
        assert counts[step] != 3, (
            f"in the resumed run `{step}` failed once and was not attempted "
            "again: that run must have a new budget, "
            "so do not keep the time in the state or in the graph"
        )
        assert_checkout_done(
            ends[1], backend, f"after three failures of `{step}`, in two runs of two attempts"
        )


# --- meet_deadline -----------------------------------------------------------------------------------

QUOTE_HANGS = 1.6  # seconds that the carrier hangs at most
QUOTE_GRACE = 0.7  # seconds by which `quote_by` may be late


def ask_for_quotes(quote_by, url, db, orders, seconds, settle):
    """Ask for a quote for each of these orders; after a late one, let the carrier's answer come in, if it is to."""
    import threading
    import time

    import httpx
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, MessagesState, StateGraph

    with SqliteSaver.from_conn_string(":memory:") as saver:  # what a new process does once is not timed
        warm = StateGraph(MessagesState).add_node("idle", lambda state: {}).add_edge(START, "idle")
        warm.compile(checkpointer=saver).invoke({"messages": []}, {"configurable": {"thread_id": "warm"}})
    client = httpx.Client(verify=False, timeout=20)
    asked, answered = threading.Event(), threading.Event()
    seen = []

    def ask(order):
        asked.set()
        try:
            answer = client.get(f"{url}/quote/{order}")
            if answer.status_code != 200:
                raise LookupError(f"the carrier answered {answer.status_code}")
            return answer.json()
        finally:
            answered.set()

    for order in orders:
        began = time.monotonic()
        asked.clear()
        answered.clear()
        try:
            end = {"returned": quote_by(db, order, ask, seconds)}
        except NotImplementedError:
            raise
        except Exception as error:
            end = {"raised": f"{type(error).__name__}: {error}"[:200]}
        seen.append(end | {"took": time.monotonic() - began})
        if settle and end.get("returned", 0) is None:
            client.post(f"{url}/release")
            answered.wait(5 if asked.is_set() else 0)
            time.sleep(0.15)  # for those who save what came
    return seen


class QuoteCarrier:
    """Answers each question in its way: at once, after some seconds, with an error, or when it is released."""

    def __init__(self, rng: random.Random, ways: Sequence[str | float | int]) -> None:
        self.ways, self.prices = list(ways), rng.sample(range(100, 10_000), len(ways) + 3)
        self.asked: list[str] = []
        self.released = threading.Event()

    def __call__(self, request: Request) -> Response:
        if request.method == "POST":
            self.released.set()
            return Response()
        number = len(self.asked)
        self.asked.append(request.path.removeprefix("/quote/"))
        way = self.ways[number] if number < len(self.ways) else "now"
        if way == "hang":
            self.released.wait(QUOTE_HANGS)
        if way == "overtaken":  # the answer that hangs comes first, and then this one
            self.released.set()
            time.sleep(0.2)
        if isinstance(way, float):
            time.sleep(way)
        return Response(status=way if isinstance(way, int) else 200, body=self.prices[number])


def quoted(
    submission: Any, carrier: QuoteCarrier, orders: Sequence[str], seconds: float, *, settle: bool = True
) -> list[dict[str, Any]]:
    """Let the learner's function ask a carrier, once for each order; return what was seen."""
    server, db = submission.serve(carrier), submission.path("shipping.db")
    seen: list[dict[str, Any]] = submission.observe(
        ask_for_quotes, url=server.url, db=db, orders=orders, seconds=seconds, settle=settle
    )
    return seen


def assert_none_in_time(end: dict[str, Any], seconds: float) -> None:
    """Expect a call to have ended without a quote, by its deadline."""
    assert "raised" not in end, (
        f"the carrier did not answer in time, and `quote_by` raised `{end['raised']}` instead of returning `None`"
    )
    took = end["took"]
    assert took <= seconds + QUOTE_GRACE, (
        f"with {seconds} s to go, `quote_by` came back after {took:.1f} s, when "
        "the carrier had answered: something waited for "
        "the thread that asks, as a node without a deadline, LangGraph's `step_timeout`, the end of a "
        "`with ThreadPoolExecutor(…)` and that of `asyncio.run` do; a thread "
        "cannot be stopped, so let nobody wait for it"
    )
    assert end["returned"] is None, (
        f"the carrier did not answer in time, and `quote_by` returned {end['returned']!r} instead of `None`"
    )


def assert_quote(end: dict[str, Any], price: int, case: str) -> None:
    """Expect a call to have returned this price."""
    assert "raised" not in end, f"{case}, `quote_by` raised `{end['raised']}`"
    assert end["returned"] == price, f"{case}, `quote_by` returned {end['returned']!r} instead of {price}"


def assert_quotes_kept(submission: Any, order: str, prices: list[int], why: str) -> None:
    """Expect the thread of an order to hold these quotes."""
    rows = evidence.checkpoints(submission.file("shipping.db"), order)
    assert rows or not prices, f"the database holds no thread {order!r}: the order itself is the `thread_id`"
    held = rows[-1].values.get("quotes") or [] if rows else []
    assert held == prices, f"thread {order!r} holds the quotes {held} instead of {prices}: {why}"


@pytest.mark.exercise("meet_deadline", points=1, needs=("server",))
def test_answer_in_time_is_kept(submission):
    """An answer in time is returned and kept; the next call does not ask."""
    carrier, order = QuoteCarrier(submission.rng, [0.2]), draw_order(submission.rng)
    first, second = quoted(submission, carrier, [order, order], 6)
    price = carrier.prices[0]
    assert_quote(first, price, "when the carrier took 0.2 s of 6 s")
    assert_quote(second, price, "when the order had a quote")
    assert carrier.asked == [order], (
        f"the carrier was asked {len(carrier.asked)} times for an order that has a quote after the first: "
        "look at what the thread holds before you ask"
    )
    assert first["took"] < 4.5, "the carrier answered in 0.2 s, and `quote_by` waited until the deadline"
    assert_quotes_kept(submission, order, [price], "a quote is saved once, in the state")


@pytest.mark.exercise("meet_deadline", points=2, needs=("server",))
def test_late_answer_is_thrown_away(submission):
    """The carrier hangs: `None` by the deadline, and the late answer is not saved."""
    carrier, order = QuoteCarrier(submission.rng, ["hang"]), draw_order(submission.rng)
    seconds = submission.rng.choice([0.3, 0.35, 0.4])
    first, second, third = quoted(submission, carrier, [order] * 3, seconds)
    assert_none_in_time(first, seconds)
    late, price = carrier.prices[:2]
    rows = evidence.checkpoints(submission.file("shipping.db"), order)
    saved = any(late in (row.values.get("quotes") or []) for row in rows)
    assert not saved, (
        f"`quote_by` had returned `None`, and then {late}, the late answer, was "
        "saved in the thread: what you left behind "
        "went on after the deadline and wrote, so leave only `ask` behind, and let nobody take its answer"
    )
    assert len(carrier.asked) > 1, "after a `None`, the next call did not ask the carrier again"
    assert second.get("returned") != late, (
        f"the second call returned {late}, the answer to its first question, which had come too late: "
        "each call needs a place of its own for the answer"
    )
    assert_quote(second, price, "when the carrier answered the second question at once")
    assert_quote(third, price, "when the order had a quote")
    assert len(carrier.asked) == 2, f"the carrier was asked {often(len(carrier.asked))} instead of twice"
    assert_quotes_kept(submission, order, [price], "only an answer that came in time is saved, once")


# --- degrade_and_continue ----------------------------------------------------------------------------

FRONT_ITEMS = ("lamp", "kettle", "tent", "drill", "guitar", "printer", "saddle", "mirror", "ladder", "radio")
FRONT_PEOPLE = ("ada", "bob", "cleo", "dan", "eve", "finn", "gus", "hana", "ivy", "jon", "kim", "leo")


def run_front_page(build_front_page, url, db, customer, attempts, default, runs):
    """Run the graph for a customer: a run is new, or goes on with the one before; note how each of them ends."""
    import httpx
    from langgraph.checkpoint.sqlite import SqliteSaver

    client = httpx.Client(verify=False, timeout=10)
    kinds = {422: ValueError, 404: KeyError, 504: TimeoutError, 507: RuntimeError, 502: ConnectionError}

    def recommend(customer):
        answer = client.get(f"{url}/{customer}")
        if answer.status_code in kinds:
            raise kinds[answer.status_code](f"status {answer.status_code}")
        return answer.raise_for_status().json()

    def publish(customer, items, degraded):
        page = {"customer": customer, "items": items, "degraded": degraded}
        client.post(f"{url}/publish", json=page).raise_for_status()

    config, ends = {"configurable": {"thread_id": customer}}, []
    with SqliteSaver.from_conn_string(db) as saver:
        saver.conn.execute("pragma synchronous = off")
        graph = build_front_page(saver, recommend, publish, attempts, default)
        if not hasattr(graph, "get_state"):
            return {"no graph": type(graph).__name__}
        for run in runs:
            given = None if run == "resumed" else {"customer": customer}
            try:
                graph.invoke(given, config, durability="sync")
                ends.append({})
            except Exception as error:
                ends.append({"raised": f"{type(error).__name__}: {error}".split("\n")[0]})
    return {"ends": ends}


class FrontPageBackend:
    """Recommends what is left to recommend, a status or `reset` where it fails; notes what is published."""

    def __init__(
        self, answers: Iterable[int | str | list[str]], *, publishing: Iterable[int | Callable[[], None]] = ()
    ) -> None:
        self.answers, self.publishing = list(answers), list(publishing)
        self.asked = 0
        self.customers: set[str] = set()
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
        self.customers.add(request.path[1:])
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
    others = sorted(backend.customers - {customer})
    assert not others, f"the page is for {customer!r}, and `recommend` was called with {others[0]!r}"
    return seen["ends"]


def assert_published(backend: FrontPageBackend, case: str) -> None:
    """Expect a run that ended well to have called `publish`."""
    assert backend.published, (
        f"{case}, the run ended as if all were well, and no page was published: "
        "LangGraph does not follow the edges of a "
        "node that failed, so an error handler that returns a dict ends the branch; say which node is next"
    )


def assert_page(backend: FrontPageBackend, end: dict[str, Any], page: dict[str, Any], case: str) -> None:
    """Expect a run to have ended well, and this page to have been published last."""
    assert "raised" not in end, (
        f"{case}, the run ended in `{end['raised']}`: a page is to be published all the same"
    )
    assert_published(backend, case)
    got = backend.published[-1]
    assert got.get("items") == page["items"], (
        f"{case}, {got.get('items')} was published instead of {page['items']}: "
        + (
            "the state of a thread outlives a run, so it still holds what was shown last"
            if page["degraded"]
            else "publish what the recommender returned"
        )
    )
    assert got.get("degraded") is page["degraded"], (
        f"{case}, a page was published with `degraded` {got.get('degraded')!r} instead of {page['degraded']}: "
        + (
            "it must say what it is"
            if page["degraded"]
            else "a thread keeps a flag until somebody writes it, so the run after a bad "
            "one still says so, unless it writes `False`"
        )
    )
    assert got == page, f"{case}, what was published is {got} instead of {page}"


def assert_page_saved(submission: Any, page: dict[str, Any], case: str) -> None:
    """Expect the newest checkpoint of a customer's thread to hold the page."""
    rows = evidence.checkpoints(submission.file("pages.db"), page["customer"])
    assert rows, f"{case}, the thread has no checkpoint: compile the graph with `saver`"
    held = {key: rows[-1].values.get(key) for key in ("items", "degraded")}
    assert held == {key: page[key] for key in held}, (
        f"{case}, the newest checkpoint holds `items` {held['items']} and `degraded` "
        f"{held['degraded']}, and what was published is "
        f"{page['items']} with {page['degraded']}: only what is a channel of the state is saved"
    )


def assert_front_asked(backend: FrontPageBackend, count: int, case: str) -> None:
    """Expect the recommender to have been asked so often."""
    assert backend.asked != 1 or count == 1, (
        f"{case}, it was asked once instead of {often(count)}: an exception "
        "that is caught in the node never leaves it, "
        "and no policy ever sees it, so count the attempts where the exception is caught, or fall back outside"
    )
    assert backend.asked == count, f"{case}, it was asked {often(backend.asked)} instead of {often(count)}"


@pytest.mark.exercise("degrade_and_continue", points=1, needs=("server",))
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


@pytest.mark.exercise("degrade_and_continue", points=2, needs=("server",))
def test_good_and_degraded_runs(submission):
    """Good and degraded runs of one thread: the last items are shown again, the flag goes up and down."""
    rng = submission.rng
    customer, default = rng.choice(FRONT_PEOPLE), ["gift card"]
    first, second = draw_items(rng), draw_items(rng)
    backend = FrontPageBackend([])
    for answers, items, case in (
        ([first], first, "in a good run"),
        ([503, "reset"], first, "with the recommender down, after a good run"),
        ([503, 503], first, "with the recommender down for the second time"),
        ([503, second], second, "when the second of two attempts succeeded, after two bad runs"),
        (["reset", 503], second, "with the recommender down for the third time"),
    ):
        backend.answers, backend.asked, backend.published = list(answers), 0, []
        (end,) = front_pages(submission, backend, customer, attempts=2, default=default)
        page = {"customer": customer, "items": items, "degraded": items not in answers}
        assert_page(backend, end, page, case)
        assert_front_asked(backend, len(answers), case)
        assert len(backend.published) == 1, (
            f"{case}, {len(backend.published)} pages were published instead of one"
        )
        if case != "in a good run":  # the runs that follow say more about a flag that nobody wrote
            assert_page_saved(submission, page, case)


@pytest.mark.exercise("degrade_and_continue", points=1, needs=("server",))
def test_publishing_fails(submission):
    """Publishing fails: the error comes out, and the resumed run publishes the same page."""
    rng = submission.rng
    customer, default, attempts = rng.choice(FRONT_PEOPLE), draw_items(rng), rng.choice([2, 3])
    backend = FrontPageBackend([], publishing=[500])
    bad, good = front_pages(
        submission, backend, customer, attempts=attempts, default=default, runs=["new", "resumed"]
    )
    page = {"customer": customer, "items": default, "degraded": True}
    if "raised" not in bad:
        assert_published(backend, "with the recommender down")
    assert "raised" in bad, (
        "`publish` failed, and the run ended as if all were well: the "
        "fallback is for the recommender, so make it "
        "a handler for one node and no more"
    )
    case = "when a run whose page could not be published was resumed"
    assert_page(backend, good, page, case)
    assert backend.asked <= attempts, (
        f"{case}, the recommender was asked again: a node is saved when it ends, "
        "so what may not be repeated when `publish` fails belongs into a node before it"
    )
    assert_front_asked(backend, attempts, case)
    assert len(backend.published) == 2, (
        f"{case}, `publish` was called {often(len(backend.published))} in all "
        "instead of twice: only what failed runs again"
    )
    assert_page_saved(submission, page, case)


# --- circuit_breaker ---------------------------------------------------------------------------------


def use_desk(build_desk, db, breaker, url, now, limit, cooldown, users, takes=0, at_once=False, meets=False):
    """Let each user ask in a thread of their own, at a time of ours; return what their runs gave."""
    import io
    import sqlite3
    import threading
    import urllib.request
    from concurrent.futures import ThreadPoolExecutor
    from contextlib import suppress
    from functools import partial
    from time import sleep
    from unittest.mock import patch

    from langgraph.checkpoint.sqlite import SqliteSaver

    class SlowConnection(sqlite3.Connection):
        """Takes its time before a transaction, as on a busy machine: others come in between."""

        def execute(self, *args):
            if not self.in_transaction:
                sleep(0.02)
            return super().execute(*args)

    def open_slowly(file, mode="r", *args, **kwargs):
        if "w" in mode:  # the same for files: what was read may be old when it is written
            sleep(0.2)
        return open_at_once(file, mode, *args, **kwargs)

    open_at_once = io.open
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    time, meeting = [now], threading.Barrier(len(users) if at_once else 1)

    def ask(question):
        try:
            with opener.open(url, question.encode(), timeout=20) as response:
                return response.read().decode()
        finally:
            time[0] += takes

    def clock():
        seen = time[0]
        with suppress(threading.BrokenBarrierError):
            meeting.wait(0.1)  # those who look at the clock before they hold their turn meet here
        return seen

    connection = sqlite3.connect(db, check_same_thread=False)
    connection.execute("pragma synchronous = off")
    graph = build_desk(SqliteSaver(connection), breaker, ask, clock, limit, cooldown)
    if not hasattr(graph, "get_state"):
        return {"no graph": type(graph).__name__}

    def run(user):
        state = graph.invoke({"question": f"{user}?"}, {"configurable": {"thread_id": user}})
        return [state.get("outcome"), state.get("answer")]

    if not at_once:
        return [run(user) for user in users]
    slow = patch("sqlite3.connect", partial(sqlite3.connect, factory=SlowConnection))
    if meets:
        opener.open(url, timeout=20).close()  # answered when the other process is there
    files = patch("builtins.open", open_slowly), patch("io.open", open_slowly)
    with slow, files[0], files[1], ThreadPoolExecutor(len(users)) as pool:
        return list(pool.map(run, users))


class Desk:
    """Processes that share a breaker, and the backend that they ask."""

    def __init__(self, submission) -> None:
        rng = submission.rng
        self.submission, self.now = submission, float(rng.randrange(10**6) * 1000)
        self.limit, self.cooldown = rng.randrange(3, 6), rng.randrange(20, 90)
        self.up, self.kills = False, False
        self.together, self.patience = threading.Barrier(1), 0.0
        self.processes = threading.Barrier(2)
        self.process, self.file = 1, f"backend-{rng.randrange(1000)}"
        self.server = submission.serve(self.answer)

    def answer(self, request: Request) -> Response:
        """Answer as the backend does, when those who are to meet have met."""
        if request.method == "GET":  # no question: a process waits for the other
            with contextlib.suppress(threading.BrokenBarrierError):
                self.processes.wait(10)
            return Response()
        with contextlib.suppress(threading.BrokenBarrierError):
            self.together.wait(self.patience)
        if self.kills:
            self.submission.kill()
            return Response(reset=True)
        return Response(body=f"to {request.body.decode()}") if self.up else Response(status=503)

    @property
    def asked(self) -> int:
        return sum(request.method == "POST" for request in self.server.requests)

    def restart(self) -> None:
        """Go on in a new process, which has checkpoints of its own."""
        self.submission.restart()
        self.process += 1

    def run(
        self, count: int, *, meet: int = 1, wait: float = 0, dies: bool = False, **more: Any
    ) -> list[Any]:
        """Let so many users ask, each for the first time; return the outcomes.

        The backend answers when `meet` requests are there, or after `wait` seconds.
        """
        self.together, self.patience = threading.Barrier(meet), wait
        return self._run(self.submission, f"worker-{self.process}.db", count, dies=dies, **more)

    def run_in_two_processes(self, count: int) -> list[Any]:
        """Let so many users ask in each of two processes, all at once; return the outcomes."""
        self.together, self.patience = threading.Barrier(2), 0.6
        with self.submission.twin() as twin, ThreadPoolExecutor(2) as pool:
            both = [
                pool.submit(self._run, one, f"at-once-{number}.db", count, at_once=True, meets=True)
                for number, one in enumerate((self.submission, twin))
            ]
            return [outcome for one in both for outcome in one.result()]

    def _run(
        self, submission, db: str, count: int, *, users: Sequence[str] = (), dies: bool = False, **more: Any
    ) -> list[Any]:
        users = users or [f"user-{self.submission.rng.randrange(10**9)}" for _ in range(count)]
        first = not self.asked
        seen = submission.observe(
            use_desk,
            db=self.submission.path(db),
            breaker=self.submission.path(self.file),
            url=self.server.url,
            now=self.now,
            limit=self.limit,
            cooldown=self.cooldown,
            users=users,
            dies=dies,
            **more,
        )
        if seen is None:
            return []
        kind = seen.get("no graph") if isinstance(seen, dict) else None
        assert kind is None, (
            f"`build_desk` returned a value of type {kind}, not a compiled graph: "
            "return what `builder.compile(checkpointer=saver)` gives"
        )
        for user, (outcome, answer) in zip(users, seen, strict=True):
            right = f"to {user}?" if outcome == "answered" else None
            assert outcome in ("answered", "failed", "refused") and answer == right, (
                f"a run ended with outcome {outcome!r} and answer {answer!r}: the outcome is one of the three in "
                "the table, with the backend's text as the answer where it answered, and None elsewhere, "
                "also where the thread still holds an answer of an earlier run"
            )
        outcomes = [outcome for outcome, _ in seen]
        assert not first or outcomes[0] != "refused", (
            "there was no file `breaker` yet, so the breaker was closed, and the first run was refused all the same: "
            "what it knows must lie in that file, and not in a variable that outlives it"
        )
        return outcomes

    def open(self) -> None:
        """Let the backend fail as often as is needed."""
        seen = self.run(self.limit)
        assert seen == ["failed"] * self.limit, (
            f"the backend is down, and the first {self.limit} runs ended as {seen}: "
            f"up to {self.limit} failures in a row the breaker is closed, and each run asks"
        )


@pytest.mark.exercise("circuit_breaker", points=1, needs=("server",))
def test_opens_for_all_users(submission):
    """It opens after failures in a row, for all users; a success between them starts the count anew."""
    desk = Desk(submission)
    failures = desk.run(desk.limit - 1)
    desk.up = True
    success = desk.run(2, users=["ada", "bob"])
    assert success == ["answered"] * 2, (
        f"after {desk.limit - 1} failures of {desk.limit} the backend was up again, and two runs ended as {success}: "
        "the breaker is to be closed still"
    )
    desk.up = False
    failures += desk.run(desk.limit - 2) + desk.run(1, users=["ada"])
    assert set(failures) == {"failed"}, (
        f"{desk.limit - 1} failures, a success, {desk.limit - 1} failures, with a limit of {desk.limit}: one of the "
        "runs was refused, but a success starts the count anew"
    )
    desk.run(1)
    before = desk.asked
    seen = desk.run(2) + desk.run(1, users=["bob"])
    assert desk.asked == before, (
        f"{desk.limit} users in a row had seen the backend fail, and {desk.asked - before} of the next 3 asked it all "
        "the same: a count in a thread's state is that thread's alone, and one in a variable of `build_desk` belongs to "
        "the one graph that it returned; the file `breaker` is the only place that all of them share"
    )
    assert seen == ["refused"] * 3, f"runs that did not ask ended as {seen}: their outcome is 'refused'"


@pytest.mark.exercise("circuit_breaker", points=2, needs=("server",), restarts=True)
def test_open_in_three_processes(submission):
    """Three processes count together, and stay open together."""
    desk = Desk(submission)
    desk.restart()  # a process in which no test has run
    desk.run(desk.limit - 1)
    desk.restart()
    seen = desk.run(3)
    lost = "what the first process knew was lost with the process; keep it in the file"
    assert desk.asked == desk.limit, (
        f"{desk.limit - 1} runs of one process failed, then 3 of the next ended as {seen}, so {desk.asked} calls came "
        f"through with a limit of {desk.limit}: {lost}"
    )
    desk.restart()
    desk.now += desk.cooldown - 1
    seen = desk.run(2)
    assert desk.asked == desk.limit and seen == ["refused"] * 2, (
        f"the breaker had opened {desk.cooldown - 1} s ago, for {desk.cooldown} s, and runs of a new process ended as "
        f"{seen}: that it is open, and until when, must be in the file, in the time that `clock` tells"
    )
    before, desk.file = desk.asked, f"{desk.file}-of-another"
    desk.run(1)
    assert desk.asked > before, (
        "with another file `breaker`, for another backend, the first run was refused: "
        "each file is a breaker of its own, so keep what you know in the file that you are given"
    )


@pytest.mark.exercise("circuit_breaker", points=1, needs=("server",))
def test_one_probe(submission):
    """After the cooldown one probe is let through, and what it meets decides."""
    desk = Desk(submission)
    desk.open()
    desk.now += desk.cooldown
    assert_one_probe(desk)
    desk.now += desk.cooldown
    desk.up = True
    seen = desk.run(4)
    assert seen == ["answered"] * 4, (
        f"the probe of the next cooldown was answered, and it and the three runs after it ended as {seen}: "
        "a probe that is answered closes the breaker"
    )


def assert_one_probe(desk: Desk) -> None:
    """Expect that one of several runs asks, where a probe is due. It fails, so that the next has to wait again."""
    before = desk.asked
    seen = desk.run(4, meet=2, wait=0.6, at_once=True)
    probes = desk.asked - before
    assert probes, (
        f"{desk.cooldown} s after it had opened, for {desk.cooldown} s, 4 runs ended as {seen}: the first is to ask"
    )
    assert probes == 1, (
        f"the cooldown was over, 4 runs came at once, and {probes} of them asked: one is the probe, which takes "
        "that place in the same transaction in which it finds it free, and the others are refused meanwhile"
    )


# --- resume_after_crash ------------------------------------------------------------------------------

JOB_NODES = ("load", "clean", "match", "price", "tax", "rank", "pack", "sign", "send", "file")


def do_job(run_to_end, db, ran, job, stages, first, durability=None, kill=None, fails=None):
    """Run a job in a graph of our own: by the learner's function, or as a program does that may be killed."""
    import operator
    import os
    import signal
    import sqlite3
    import threading
    from pathlib import Path
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph

    class State(TypedDict):
        log: Annotated[list, operator.add]
        total: Annotated[int, operator.add]

    place, at = kill or (None, None)
    sizes = [1, *map(len, stages)]
    written, changed = {}, threading.Condition()

    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    def wait_for_writes(config, count):
        parent = config["configurable"].get("checkpoint_id")
        with changed:
            changed.wait_for(lambda: written.get(parent, 0) >= count, 3)

    class DyingSaver(SqliteSaver):
        """Kills its process at a place of our choice, and saves what was to be saved before that."""

        def put_writes(self, config, writes, task_id, task_path=""):
            if place == "before put_writes" and task_path.endswith(f" {at}"):
                wait_for_writes(config, next(len(stage) for stage in stages if at in stage) - 1)
                die()
            super().put_writes(config, writes, task_id, task_path)
            with changed:
                parent = config["configurable"].get("checkpoint_id")
                written[parent] = written.get(parent, 0) + 1
                changed.notify_all()

        def put(self, config, checkpoint, metadata, new_versions):
            if place == "before put" and metadata["step"] == at:
                wait_for_writes(config, sizes[at] if at >= 0 else 0)
                die()
            saved = super().put(config, checkpoint, metadata, new_versions)
            if place == "after put" and metadata["step"] == at:
                die()
            return saved

    def node(name, amount):
        def run(state):
            with Path(ran).open("a") as file:
                file.write(f"{name}\n")
            if name == fails:
                raise ConnectionError(f"{name} cannot reach its server")
            if place == "in node" and name == at:
                die()
            return {"log": [name], "total": amount}

        return run

    builder, before = StateGraph(State), START
    for stage in stages:
        for name, amount in stage.items():
            builder.add_node(name, node(name, amount)).add_edge(before, name)
        before = list(stage) if len(stage) > 1 else next(iter(stage))
    connection = sqlite3.connect(db, check_same_thread=False)
    graph = builder.compile(checkpointer=DyingSaver(connection))
    try:
        if durability is None:
            return run_to_end(graph, job, first)
        return graph.invoke(first, {"configurable": {"thread_id": job}}, durability=durability)
    except ConnectionError as error:
        return {"raised": str(error)}


def draw_job(rng: random.Random, sizes: list[int]) -> dict[str, Any]:
    """Draw a job: its thread, its input, and stages of nodes with what each adds to the total."""
    names = iter(rng.sample(JOB_NODES, sum(sizes)))
    return {
        "job": f"order-{rng.randrange(10**6)}",
        "first": {"log": [f"input {rng.randrange(10**6)}"], "total": rng.randrange(1, 1000)},
        "stages": [{next(names): rng.randrange(1, 1000) for _ in range(size)} for size in sizes],
    }


def job_nodes(job: dict[str, Any]) -> list[str]:
    """Return the nodes of a job in the order in which LangGraph applies what they write."""
    return [name for stage in job["stages"] for name in sorted(stage)]


def job_end(job: dict[str, Any]) -> dict[str, Any]:
    """Return the state at the end of a run that nothing disturbed."""
    total = job["first"]["total"] + sum(sum(stage.values()) for stage in job["stages"])
    return {"log": [*job["first"]["log"], *job_nodes(job)], "total": total}


def job_ran(submission) -> list[str]:
    """Return the nodes that have begun so far."""
    try:
        return submission.file("ran.txt").read_text().split()
    except AssertionError:  # none has
        return []


def job_saved(submission, job: dict[str, Any]) -> list[str]:
    """Return the nodes whose results lie in the database: in the newest checkpoint, or as writes beside it."""
    rows = evidence.checkpoints(submission.file("jobs.db"), job["job"])
    if not rows:
        return []
    held = list(rows[-1].values.get("log") or ())
    held += [name for write in rows[-1].writes if write.channel == "log" for name in write.value]
    return [name for name in job_nodes(job) if name in held]


def job_kwargs(submission, job: dict[str, Any]) -> dict[str, Any]:
    """Return what the probe is given for a job."""
    return {"db": submission.path("jobs.db"), "ran": submission.path("ran.txt"), **job}


def assert_job_ended(
    submission, job: dict[str, Any], state: Any, case: str, saved: list[str], before: list[str]
) -> None:
    """Expect the end of an undisturbed run, in what was returned and in the database, and nothing done in vain."""
    end = job_end(job)
    assert isinstance(state, dict) and isinstance(state.get("log"), list), (
        f"{case}, `run_to_end` returned {state!r}: return the state at the end of the job"
    )
    log, again = state["log"], job_ran(submission)[len(before) :]
    missing = [name for name in end["log"][1:] if name not in log]
    assert not missing, (
        f"{case}, `run_to_end` called the job done, and {', '.join(missing)} had never run: an empty `next` also means "
        "that a step is half committed, its results saved and its checkpoint not; what does `tasks` of the snapshot say?"
    )
    twice = log.count(end["log"][0])
    assert twice, f"{case}, the input is not in the state: where nothing was saved, it has to be sent again"
    assert twice == 1, (
        f"{case}, the input is in the state {twice} times instead of once: "
        "send it where no checkpoint holds it yet, and only there"
    )
    for name in dict.fromkeys(again):
        assert name not in saved, (
            f"{case}, {name!r} ran again, although its result was in the database: "
            "go on from what is saved, and do not start anew"
        )
    assert log == end["log"], (
        f"{case}, the state's `log` is {log}, after an undisturbed run it is {end['log']}: "
        "each node's result belongs in it once"
    )
    assert state.get("total") == end["total"], (
        f"{case}, `total` is {state.get('total')} and not {end['total']}: each node adds its amount once"
    )
    rows = evidence.checkpoints(submission.file("jobs.db"), job["job"])
    assert rows and rows[-1].values.get("log") == end["log"], (
        f"{case}, the right state came back, but the newest checkpoint of thread {job['job']!r} does not hold it: "
        "let the graph finish that thread, so that its last checkpoint is saved, too"
    )


@pytest.mark.exercise("resume_after_crash", points=1)
def test_new_and_finished_jobs(submission):
    """A new job runs to its end; a finished one is not run again."""
    for number in (1, 2):  # in one file
        job = draw_job(submission.rng, [1] * submission.rng.choice([3, 4]))
        before = job_ran(submission)
        state = submission.observe(do_job, **job_kwargs(submission, job))
        assert_job_ended(submission, job, state, f"after job {number}, which was new", [], before)
        before = job_ran(submission)
        state = submission.observe(do_job, **job_kwargs(submission, job))
        again = "when it was called once more for a job that had ended"
        assert_job_ended(submission, job, state, again, job_nodes(job), before)


@pytest.mark.exercise("resume_after_crash", points=1)
def test_node_that_raises(submission):
    """A node raises in two calls in a row: each time it comes out, and the third call goes on."""
    job = draw_job(submission.rng, [1] * 3)
    kwargs, name = job_kwargs(submission, job), submission.rng.choice(job_nodes(job)[1:])
    for number in (1, 2):
        state = submission.observe(do_job, **kwargs, fails=name)
        assert isinstance(state, dict) and name in str(state.get("raised")), (
            f"{name!r} raised a `ConnectionError` in call {number}, and `run_to_end` returned {state!r}: let out what "
            "a node raises, or the job is reported as done"
        )
    before, saved = job_ran(submission), job_saved(submission, job)
    state = submission.observe(do_job, **kwargs)
    assert_job_ended(
        submission, job, state, f"after {name!r} had failed in two calls in a row", saved, before
    )


@pytest.mark.exercise("resume_after_crash", points=1, restarts=True)
def test_killed_before_the_first_node(submission):
    """Killed before the input was saved, or right after it."""
    places = {"before its input was saved": "before put", "right after its input was saved": "after put"}
    for case, place in places.items():
        job = draw_job(submission.rng, [1] * 3)
        submission.observe(do_job, **job_kwargs(submission, job), kill=[place, -1], dies=True)
        before = job_ran(submission)
        state = submission.observe(do_job, **job_kwargs(submission, job))
        assert_job_ended(submission, job, state, f"after a kill {case}", [], before)


@pytest.mark.exercise("resume_after_crash", points=2, restarts=True)
def test_killed_in_the_middle_of_a_step(submission):
    """Killed when a node's result was saved and the checkpoint after it was not."""
    count = submission.rng.choice([4, 5])
    job, step = draw_job(submission.rng, [1] * count), submission.rng.randrange(1, count)
    submission.observe(
        do_job, **job_kwargs(submission, job), durability="sync", kill=["before put", step], dies=True
    )
    before, saved = job_ran(submission), job_saved(submission, job)
    state = submission.observe(do_job, **job_kwargs(submission, job))
    case = f"after a kill between the result of {job_nodes(job)[step - 1]!r} and the checkpoint that was to hold it"
    assert_job_ended(submission, job, state, case, saved, before)


# --- one_effect_per_order ----------------------------------------------------------------------------

PATHS = ("charges", "shipments")


def fulfil(build_fulfilment, db, url, thread, order, cents, durability="sync", replay=None):
    """Send an order through the graph, resume it, or run its thread again from the checkpoint before a node."""
    from langgraph.checkpoint.sqlite import SqliteSaver

    config = {"configurable": {"thread_id": thread}}
    with SqliteSaver.from_conn_string(db) as saver:
        graph = build_fulfilment(saver, url)
        if not hasattr(graph, "get_state"):
            return {"no graph": type(graph).__name__}
        if replay:
            history = list(graph.get_state_history(config))
            old = [snapshot for snapshot in history if replay in snapshot.next]
            if not old:
                return {"no node": replay}
            return graph.invoke(None, old[0].config)
        snapshot = graph.get_state(config)
        return graph.invoke(
            None if snapshot.tasks else {"order": order, "cents": cents}, config, durability=durability
        )


class Provider:
    """Charges and ships, and notes it. Fails once at a path, in a way of our choice."""

    def __init__(self, submission, fails: dict[str, str] | None = None) -> None:
        self.submission, self.fails = submission, dict(fails or {})
        self.effects: list[tuple[str, str, int | None]] = []  # path, order, cents
        self.answers: list[dict[str, str]] = []  # to each of them
        self.refused: list[tuple[str, str, str]] = []  # key, path, order
        self._known: dict[str, tuple[str, Any, dict[str, str]]] = {}
        self._lock = threading.Lock()
        self.server = submission.serve(self.answer)

    def answer(self, request: Request) -> Response:
        """Carry out what is asked, unless its key is known."""
        path, body, key = request.path.strip("/"), request.json, key_of(request)
        if request.method != "POST" or path not in PATHS or not isinstance(body, dict) or "order" not in body:
            return Response(status=400, body={"error": "POST an order, as JSON, to /charges or /shipments"})
        with self._lock:
            fails = self.fails.pop(path, None)
            if fails == "busy":
                return Response(status=503, body={"error": "busy"})
            if fails == "killed before":
                self.submission.kill()
                return Response(reset=True)
            answer = self._note(path, body, key)
            if fails == "killed after":
                self.submission.kill()
            if fails in ("killed after", "cut after"):
                return Response(reset=True)
            return Response(body=answer) if answer else Response(status=409, body={"error": "key in use"})

    def _note(self, path: str, body: dict[str, Any], key: str | None) -> dict[str, str] | None:
        if key in self._known:
            of, known, answer = self._known[key]
            if (of, known) == (path, body):
                return answer
            self.refused.append((key, path, body["order"]))
            return None
        answer = {("receipt" if path == "charges" else "parcel"): f"{path[0]}{self.submission.rng.random()}"}
        self.effects.append((path, body["order"], body.get("cents")))
        self.answers.append(answer)
        if key:
            self._known[key] = path, body, answer
        return answer

    def keys(self, path: str, order: str) -> list[str | None]:
        """Return the keys of all requests for an effect."""
        return [key_of(r) for r in self.server.requests if r.path == f"/{path}" and r.json["order"] == order]


def key_of(request: Request) -> str | None:
    """Return the idempotency key of a request."""
    return {name.lower(): value for name, value in request.headers.items()}.get("idempotency-key") or None


def draw_purchase(rng: random.Random) -> dict[str, Any]:
    """Draw an order, and the thread that it is placed in."""
    return {
        "thread": f"customer-{rng.randrange(10**6)}",
        "order": f"o-{rng.randrange(10**6)}",
        "cents": rng.randrange(100, 10**5),
    }


def ordered(
    submission, provider: Provider, order: dict[str, Any], *, fails: bool = False, **more: Any
) -> Any:
    """Send an order through the learner's graph; where `fails`, its process or its run may end before."""
    try:
        seen = submission.observe(
            fulfil,
            db=submission.path("orders.db"),
            url=provider.server.url,
            dies=fails,
            **{**order, **more},
        )
    except LearnerError:
        assert_keys_differ(provider)
        if fails:
            return None
        raise
    if isinstance(seen, dict):
        kind, node = seen.get("no graph"), seen.get("no node")
        assert kind is None, (
            f"`build_fulfilment` returned a value of type {kind}, not a compiled graph: "
            "return what `builder.compile(checkpointer=saver)` gives"
        )
        assert node is None, (
            f"no checkpoint of the thread stands before a node {node!r}: give the nodes the names asked for"
        )
    return seen


def assert_keys_differ(provider: Provider) -> None:
    """Expect that no key was used for two different requests."""
    for key, path, order in provider.refused:
        raise AssertionError(
            f"the key {key!r} came again with another request, /{path} for {order}, and was refused with 409: "
            "a key names one effect, so make it from the order and from what is done with it"
        )


def assert_one_effect(provider: Provider, order: dict[str, Any], case: str) -> None:
    """Expect the ledger to hold one charge and one shipment of an order."""
    assert_keys_differ(provider)
    for path in PATHS:
        found = [effect for effect in provider.effects if effect[:2] == (path, order["order"])]
        keys = provider.keys(path, order["order"])
        what = f"{case}, the provider's ledger has {len(found)} {path} of order {order['order']}"
        assert keys, f"{what}, and was never asked for one: POST to /{path} in the node that is to do it"
        assert found, (
            f"{what}, and no request after the one that failed: "
            "is a note that it is done made before it is done, or an error taken for an answer?"
        )
        assert len(found) == 1 or all(keys), (
            f"{what}: it was asked {len(keys)} times and given no `Idempotency-Key`; a checkpoint is saved "
            "after the call, so it cannot tell whether a call that was cut off had its effect"
        )
        assert len(found) == 1, (
            f"{what}: it was asked with {len(set(keys))} different keys, such as {keys[0]!r} and {keys[-1]!r}; "
            "a key must come out the same whenever the same order is sent, so make it from the order and from what is "
            "done with it, and from nothing else"
        )
        cents = order["cents"] if path == "charges" else found[0][2]
        assert found[0][2] == cents, f"{case}, {found[0][2]} cents were charged and not {cents}"


def assert_answers_kept(provider: Provider, order: dict[str, Any], state: Any, case: str) -> None:
    """Expect the state to hold what the provider answered."""
    for effect, answer in zip(provider.effects, provider.answers, strict=True):
        ((name, value),) = answer.items()
        if effect[1] == order["order"]:
            assert isinstance(state, dict) and state.get(name) == value, (
                f"{case}, the provider gave {name} {value!r}, but the state is {state}: save what it answers"
            )


@pytest.mark.exercise("one_effect_per_order", points=1, needs=("server",))
def test_each_order_has_its_effects(submission):
    """Each order is charged and shipped once, two orders of one customer as well."""
    provider, first = Provider(submission), draw_purchase(submission.rng)
    second = {**draw_purchase(submission.rng), "thread": first["thread"], "cents": first["cents"]}
    for number, order in enumerate([first, second, draw_purchase(submission.rng)], 1):
        state = ordered(submission, provider, order)
        case = f"after order {number} of 3"
        assert_one_effect(provider, order, case)
        assert_answers_kept(provider, order, state, case)


@pytest.mark.exercise("one_effect_per_order", points=2, needs=("server",), restarts=True)
def test_killed_after_the_charge(submission):
    """Killed when the provider had charged, and before the answer arrived."""
    provider, order = Provider(submission, {"charges": "killed after"}), draw_purchase(submission.rng)
    assert ordered(submission, provider, order, fails=True) is None and provider.effects, (
        "the run ended without a charge: POST to /charges in the node `charge`"
    )
    state = ordered(submission, provider, order)
    case = "after a kill between the charge and its answer, and the resume"
    assert_one_effect(provider, order, case)
    assert_answers_kept(provider, order, state, case)


@pytest.mark.exercise("one_effect_per_order", points=1, needs=("server",))
def test_replayed(submission):
    """A finished order is replayed from an old checkpoint, for debugging."""
    provider, order = Provider(submission), draw_purchase(submission.rng)
    ordered(submission, provider, order)
    node = submission.rng.choice(["charge", "__start__"])
    state = ordered(submission, provider, order, replay=node)
    case = f"after a replay from the checkpoint before {node!r}"
    assert_one_effect(provider, order, case)
    assert_answers_kept(provider, order, state, case)


@pytest.mark.exercise("one_effect_per_order", points=1, needs=("server",))
def test_sent_twice(submission):
    """The same order comes a second time, in the same thread and in another."""
    provider, order = Provider(submission), draw_purchase(submission.rng)
    ordered(submission, provider, order)
    for thread in (order["thread"], f"{order['thread']}-again"):
        state = ordered(submission, provider, order, thread=thread)
        case = f"after the order had come again in thread {thread!r}"
        assert_one_effect(provider, order, case)
        assert_answers_kept(provider, order, state, case)
