"""Public tests of `classify_errors`."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import often
from autograder.sandbox.http_server import Response

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from autograder.sandbox.http_server import Request


CLIENTS = ("requests", "httpx")
LOOKUP_FAULTS = {
    "no answer in time": "hang",
    "a connection that is reset": "reset",
    "a connection that breaks in the middle of the answer": "break",
    "a timeout while connecting": "ConnectTimeout",
    "a connection that breaks while sending": "WriteError",
    "an answer that is no JSON": "garbage",
    "an answer without a price": "empty",
    "a connection that falls silent in the middle of the answer": "silent",
    "an answer that redirects for ever": "TooManyRedirects",
    "an answer falsely declared as gzip": "encoded",
}


def look_up(build_lookup, url, client, sku, hangs, runs):
    """Run the graph for a sku and then resume it, `runs` runs in all; note how each of them ends.

    Only the calls of the numbers in `hangs` are given up soon: any other answer comes, on a busy machine, too.
    """
    from itertools import count

    import httpx
    import requests
    from langgraph.checkpoint.memory import InMemorySaver
    from urllib3.exceptions import ReadTimeoutError

    raised, numbers, calls = [], count(), []

    def ask(sku):
        calls.append(sku)
        patience = 0.05 if next(numbers) in hangs else 10
        if client == "requests":
            answer = requests.get(f"{url}/{sku}", timeout=(10, patience))
        else:
            with httpx.Client(verify=False, timeout=httpx.Timeout(10, read=patience)) as session:
                answer = session.get(f"{url}/{sku}")
        answer.raise_for_status()
        # What would take long (and is a `ReadTimeout` in `httpx`): silence in the middle of the answer.
        if "X-Silent" in answer.headers:
            raise requests.ConnectionError(ReadTimeoutError(None, None, "Read timed out."))
        # What can't be seen from a server: a connection that isn't there.
        if kind := answer.headers.get("X-Raises"):
            raise getattr(requests if client == "requests" else httpx, kind)("no connection")
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
        calls.clear()
        try:
            state = graph.invoke(None if number else {"sku": sku}, config)
            ends.append({"price": state.get("price") if isinstance(state, dict) else state})
        except Exception as error:
            own = bool(raised) and error is raised[-1]
            ends.append({"raised": f"{type(error).__name__}: {error}".split("\n")[0], "own": own})
        ends[-1]["asked"] = len(calls)
    return {"ends": ends}


def look_up_at_once(build_lookup, url, skus, patience):
    """Look skus up with one graph at the same time, and then the first in two more runs; note how each ends."""
    from concurrent.futures import ThreadPoolExecutor

    import httpx
    from langgraph.checkpoint.memory import InMemorySaver

    def fetch(sku):
        with httpx.Client(verify=False, timeout=patience) as session:
            return session.get(f"{url}/{sku}").raise_for_status().json()["price"]

    graph = build_lookup(InMemorySaver(), fetch)

    def run(sku, thread):
        try:
            state = graph.invoke({"sku": sku}, {"configurable": {"thread_id": thread}})
            return {"price": state.get("price")}
        except httpx.HTTPStatusError as error:
            return {"raised": str(error).split("\n")[0]}

    with ThreadPoolExecutor(len(skus)) as pool:
        ends = list(pool.map(run, skus, map(str, range(len(skus)))))
    return [*ends, run(skus[0], "another"), run(skus[0], "0")]


def draw_sku(rng: random.Random) -> str:
    """Draw the number of an article, which says much that an error may say, and means nothing."""
    return f"{rng.choice('ABCDEFGH')}{rng.randrange(10, 10**4)}-503-404-timeout"


def lookup_answer(fault: int | str, price: int) -> Response:
    """Answer one request: with a status, or in one of the ways to fail that have none."""
    if fault == "reset":
        return Response(reset=True)
    if fault == "break":
        return Response(body={"price": price}, headers={"Content-Length": "4096", "Connection": "close"})
    if fault == "garbage":
        return Response(body="<html>price on request</html>")
    if fault == "encoded":
        return Response(body={"price": price}, headers={"Content-Encoding": "gzip"})
    if fault in ("ConnectTimeout", "WriteError", "TooManyRedirects"):
        return Response(body={"price": price}, headers={"X-Raises": str(fault)})
    if fault == "silent":
        return Response(body={"price": price}, headers={"X-Silent": "yes"})
    if fault == "empty":
        return Response(body={"article": "known"})
    return Response(status=fault if isinstance(fault, int) else 200, body={"price": price})


def looked_up(submission: Any, client: str, faults: Sequence[int | str], *, runs: int = 1) -> dict[str, Any]:
    """Let a supplier fail in these ways, one a request, and then answer; return what was seen. 429 comes before a 0."""
    sku, left = draw_sku(submission.rng), iter(faults)
    price = 0 if faults[-1] == 429 else submission.rng.randrange(100, 10**6)
    given_up, hangs = threading.Event(), [n for n, fault in enumerate(faults) if fault == "hang"]

    def answer(request: Request) -> Response:
        fault = next(left, 200)
        if fault == "hang":
            given_up.wait(10)
        return lookup_answer(fault, price)

    supplier = submission.serve(answer)
    try:
        seen = submission.observe(look_up, url=supplier.url, client=client, sku=sku, hangs=hangs, runs=runs)
    finally:
        given_up.set()
    kind = seen.get("no graph")
    assert kind is None, f"`build_lookup` returned a value of type {kind}, not a compiled graph"
    asked = [request.path for request in supplier.requests]
    # A request that its client gave up may arrive late, and is then that of an earlier sku.
    assert not asked or f"/{sku}" in asked, (
        f"`fetch` was called with {asked[-1][1:]!r} instead of the sku, {sku!r}"
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
        f"{case}, `price` is {end['price']!r}, but `fetch` returned {seen['price']}"
    )


def assert_own_error(end: dict[str, Any], case: str) -> None:
    """Expect a run to have ended in the error that `fetch` raised."""
    assert "raised" in end, (
        f"{case}, `invoke` returned as if nothing had failed: let the error from `fetch` out, so that the run can be resumed"
    )
    assert end["own"], f"{case}, `invoke` raised `{end['raised']}`, which isn't the error that `fetch` raised"


def assert_final(seen: Sequence[dict[str, Any]], fault: int | str) -> None:
    """Expect a final failure to have been asked once through each client."""
    counts = {one["client"]: one["asked"] for one in seen}
    what = lookup_fault(fault)
    assert all(counts.values()), "the supplier was never asked: call `fetch(sku)` in a node"
    if isinstance(fault, int) and counts.get("requests", 0) > counts["httpx"] == 1:
        raise AssertionError(
            f"{what} was asked {counts['requests']} times through `requests` and "
            "once through `httpx`. That's what LangGraph's default policy does: "
            "give `retry_on` a function of your own that looks at the status"
        )
    many = [client for client, count in counts.items() if count > 1]
    if isinstance(fault, int):
        assert not many, (
            f"{what} was asked {counts[many[0]]} times through `{many[0]}`, "
            "and it won't change. "
            "If an error has a response, the status decides whether to retry, not its class or its text"
        )
    assert not many, (
        f"{what} was asked for {counts[many[0]]} times through `{many[0]}`: "
        "the answer was complete, and it will make no more sense next time. "
        "Not every error that a client raises comes from the network"
    )
    for one in seen:
        assert_own_error(one["ends"][0], f"after {what} through `{one['client']}`")


def assert_temporary(seen: Sequence[dict[str, Any]], fault: int | str) -> None:
    """Expect a temporary failure, followed by an answer, to have been asked twice through each client."""
    counts = {one["client"]: one["asked"] for one in seen}
    what = lookup_fault(fault)
    assert all(counts.values()), "the supplier was never asked: call `fetch(sku)` in a node"
    once = [client for client, count in counts.items() if count == 1]
    if isinstance(fault, int):
        assert once != ["requests"], (
            f"{what} was given up at once through `requests`, but not "
            "through `httpx`: a `requests` response "
            "counts as false if its status is an error, so check whether it `is None`"
        )
        assert not once, f"{what} was given up after one request through `{once[0]}`: it is temporary"
    error = next((one["ends"][0].get("raised", "") for one in seen if one["client"] in once), "").split(":")[
        0
    ]
    assert not once, (
        f"{what} was given up after one request through `{once[0]}`, with `{error}`: it's temporary. "
        "Clients have error classes of their own: look up those for a lost or slow connection"
    )
    for one in seen:
        case = f"after {what} and then an answer through `{one['client']}`"
        assert one["asked"] == 2, f"{case}, it was asked {often(one['asked'])} instead of twice"
        assert_price(one, case)


@pytest.mark.exercise("classify_errors", points=1, rules=(2, 4), needs=("server",))
def test_404_is_asked_once(submission):
    """A 404 is asked once, through requests and through httpx."""
    assert_final([looked_up(submission, client, [404, 404]) for client in CLIENTS], 404)


@pytest.mark.exercise("classify_errors", points=2, rules=(1,), needs=("server",))
def test_temporary_failures_are_asked_again(submission):
    """A 503, a 429, a connection that is reset or breaks, and no answer in time are asked again."""
    for fault in (503, 429, "reset", "break", "hang"):
        assert_temporary([looked_up(submission, client, [fault]) for client in CLIENTS], fault)


@pytest.mark.exercise("classify_errors", points=1, rules=(3, 4), needs=("server",))
def test_three_attempts_then_the_thread_waits(submission):
    """After three attempts the error comes out, and the thread can be resumed."""
    client = submission.rng.choice(CLIENTS)
    seen = looked_up(submission, client, [503, 502, "reset", 503, 502, "reset"])
    assert_own_error(seen["ends"][0], "after three failures in a row")
    assert seen["asked"] <= 3, (
        f"{seen['asked']} requests were made in one run that failed, but three is the most"
    )
    seen = looked_up(submission, client, [503, 502, "reset", 503, 502], runs=2)
    assert_own_error(seen["ends"][0], "after five failures in a row")
    first, second = (end["asked"] for end in seen["ends"])
    what = f"the run that failed asked the supplier {often(first)}, and the resumed one {often(second)}, instead of three times each"
    assert (first, second) != (2, 2), f"{what}: `max_attempts` counts the first attempt too"
    assert seen["asked"] == 6, (
        f"{what}: each run has three attempts of its own, so a resumed one starts counting anew. Where do you keep the count?"
    )
    assert_price(seen, "after five failures in two runs, of three attempts each")
