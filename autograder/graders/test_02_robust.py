"""Public tests of module 02: errors, retries, deadlines, fallbacks."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from autograder import evidence
from autograder.server import Request, Response

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Sequence

CLIENTS = ("requests", "httpx")


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
    assert set(asked) <= {f"/{sku}"}, (
        f"`fetch` was called with {asked[-1][1:]!r} and not with the sku, {sku!r}"
    )
    return seen | {"asked": len(asked), "price": price, "client": client}


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
    """A 503, a reset connection and no answer in time are asked again."""
    for fault in (503, "reset", "hang"):
        assert_temporary([looked_up(submission, client, [fault]) for client in CLIENTS], fault)


@pytest.mark.exercise("classify_errors", points=1, needs=("server",))
def test_three_attempts_then_the_thread_waits(submission):
    """After three attempts the error comes out, and the thread can be resumed."""
    client = submission.rng.choice(CLIENTS)
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
                kind = "ConnectionError" if isinstance(error, ConnectionError) else type(error).__name__
                ends.append({"raised": kind, "text": str(error)})
    return {"ends": ends, "spaces": sorted(spaces)}


class CheckoutBackend:
    """Answers each step with the statuses that are left for it, then with 200; notes when it was asked."""

    def __init__(self, statuses: dict[str, list[int]], *, takes: float = 0.0) -> None:
        self.statuses, self.takes = statuses, takes
        self.asked: list[tuple[str, float]] = []
        self.refs: dict[str, str] = {}

    def __call__(self, request: Request) -> Response:
        step = request.path[1:]
        self.asked.append((step, time.monotonic()))
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
        assert count == attempts, f"`{step}` was attempted {count} times instead of {attempts}"
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
    assert len(carrier.asked) == 2, f"the carrier was asked {len(carrier.asked)} times instead of twice"
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
    return seen["ends"]


def assert_page(backend: FrontPageBackend, end: dict[str, Any], page: dict[str, Any], case: str) -> None:
    """Expect a run to have ended well, and this page to have been published last."""
    assert "raised" not in end, (
        f"{case}, the run ended in `{end['raised']}`: a page is to be published all the same"
    )
    assert backend.published, (
        f"{case}, the run ended as if all were well, and no page was published: "
        "LangGraph does not follow the edges of a "
        "node that failed, so an error handler that returns a dict ends the branch; say which node is next"
    )
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
        f"{case}, it was asked once instead of {count} times: an exception "
        "that is caught in the node never leaves it, "
        "and no policy ever sees it, so count the attempts where the exception is caught, or fall back outside"
    )
    assert backend.asked == count, f"{case}, it was asked {backend.asked} times instead of {count}"


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
        f"{case}, `publish` was called {len(backend.published)} times in all "
        "instead of twice: only what failed runs again"
    )
    assert_page_saved(submission, page, case)
