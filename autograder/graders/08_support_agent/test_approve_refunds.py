"""Public tests of `approve_refunds`."""

from __future__ import annotations

from typing import Any

import pytest

from autograder.sandbox.http_server import Request, Response

LIMIT = 2000


def refund(build_refunds, url, db, steps):
    """Build the graph, and send things into threads."""
    import http.client
    import json

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.types import Command

    class Shop:
        def _ask(self, path, **body):
            connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
            connection.request("POST", path, json.dumps(body))
            response = connection.getresponse()
            body = response.read()
            connection.close()
            if response.status != 200:  # a fault in the shop's own code
                raise {500: KeyError, 501: TypeError}[response.status]("pool")
            return json.loads(body)

        def find(self, order):
            return self._ask("/find", order=order)

        def refunded(self, order):
            return self._ask("/refunded", order=order)

        def refund(self, key, order, cents):
            return self._ask("/refund", key=key, order=order, cents=cents)["receipt"]

    seen = []
    with SqliteSaver.from_conn_string(db) as saver:
        graph = build_refunds(Shop(), saver)
        if not hasattr(graph, "invoke"):
            return {"no graph": type(graph).__name__}
        for step in steps:
            config = {"configurable": {"thread_id": step["thread"]}}
            given = Command(resume=step["answer"]) if "answer" in step else step.get("request")
            if step.get("replay last"):
                config = next(one.config for one in graph.get_state_history(config) if one.next)
            try:
                result = graph.invoke(given, config, durability="sync")
            except (
                ValueError,
                TypeError,
                KeyError,
                AssertionError,
                AttributeError,
                OSError,
            ) as problem:
                seen.append({"raised": f"{type(problem).__name__}: {problem}"[:60]})
                continue
            result = result if isinstance(result, dict) else {}
            asked = [one.value for one in result.get("__interrupt__", ())]
            seen.append({"asked": asked, "outcome": result.get("outcome")})
    return {"seen": seen}


class RefundShop:
    """The shop and its ledger, as the judge sees them. A key is paid once."""

    def __init__(self, submission: Any) -> None:
        self.rng, self._submission = submission.rng, submission
        self.orders = dict[str, dict[str, Any]]()
        self.paid = dict[str, tuple[str, int]]()
        self.dies = self.breaks = ""  #: when it kills, and which of its functions fails, once
        self.fault: int | None = None  #: with which status it fails; by default the line breaks
        self._server = submission.serve(self._answer)

    def _answer(self, request: Request) -> Response:
        body = request.json
        if self.breaks and request.path == f"/{self.breaks}":
            self.breaks = ""
            return Response(status=self.fault) if self.fault else Response(reset=True)
        if request.path == "/find":
            return Response(body=self.orders.get(body["order"]))
        if request.path == "/refunded":
            return Response(body=body["order"] in {order for order, _ in self.paid.values()})
        when, self.dies = self.dies, ""
        if when == "before":
            self._submission.kill()
            return Response(reset=True)
        self.paid.setdefault(body["key"], (body["order"], body["cents"]))
        if when == "after":
            self._submission.kill()
            return Response(reset=True)
        return Response(body={"receipt": "r-1"})

    def order(self, paid: int = 9000) -> dict[str, Any]:
        """Draw an order, and a request for a large part of what was paid."""
        number, customer = str(self.rng.randrange(10**6)), self.rng.choice(["ida", "ben", "cleo"])
        self.orders[number] = {"customer": customer, "paid": paid}
        cents = self.rng.randrange(LIMIT + 1, paid) if paid > LIMIT + 1 else paid
        return {"order": number, "cents": cents, "customer": customer}

    def step(self, *steps: dict[str, Any], dies: bool = False) -> Any:
        given = {"url": self._server.url, "db": self._submission.path("refunds.db"), "steps": list(steps)}
        seen = self._submission.observe(refund, **given, dies=dies)
        if seen is None:
            self._submission.restart()
            return None
        assert "no graph" not in seen, (
            f"`build_refunds` returned a value of type {seen.get('no graph')}: return what `builder.compile(checkpointer=saver)` gives"
        )
        return seen["seen"]

    def of(self, order: str) -> list[int]:
        """Return what was paid back for an order."""
        return [cents for number, cents in self.paid.values() if number == order]

    def start(self, request: dict[str, Any], thread: str = "t") -> None:
        [seen] = self.step({"thread": thread, "request": request})
        assert not self.of(request["order"]), (
            f"{request['cents']} cents were refunded before anybody had decided: above {LIMIT}, charge behind the decision, in a node of its own"
        )
        assert seen.get("asked"), (
            f"a refund of {request['cents']} cents is above the limit of {LIMIT}, and nobody was asked: {seen}"
        )
        assert_shown(seen["asked"][0], request)

    def assert_outcome(
        self, seen: dict[str, Any], request: dict[str, Any], cents: int, by: str, when: str
    ) -> None:
        assert "raised" not in seen, (
            f"{when}, the run raised {seen.get('raised')!r}. If an answer makes a node raise, LangGraph gives it again, whatever comes "
            "later"
        )
        outcome, paid = seen["outcome"] or {}, self.of(request["order"])
        assert not seen["asked"], f"{when}, the graph asked (again): {seen['asked']}"
        assert len(paid) < 2, (
            f"{when}, order {request['order']} was paid {len(paid)} times: use the key `refund:ORDER`"
        )
        assert paid == ([cents] if cents else []), (
            f"{when}, {cents} cents should be refunded, and the ledger says {paid}; the outcome is {outcome}"
        )
        assert outcome.get("refunded") == cents, (
            f"{when}, {cents} cents were refunded, and the outcome is {outcome}"
        )
        assert outcome.get("by") == by, f"{when}, `by` is {outcome.get('by')!r}: it was {by!r} who decided"


def assert_shown(asked: Any, request: dict[str, Any], when: str = "") -> None:
    """Expect an interrupt that shows what's asked for."""
    shown = {name: asked.get(name) if isinstance(asked, dict) else None for name in ("order", "cents")}
    assert shown == {name: request[name] for name in shown}, (
        f"{when}the interrupt shows {shown} instead of order {request['order']} and {request['cents']} cents"
    )


def yes(request: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a decision."""
    return {"staff": "mia", "order": request["order"], "approve": True} | more


@pytest.mark.exercise("approve_refunds", points=2, rules=(2, 3), needs=("server",))
def test_small_and_large(submission):
    """A small refund is made at once; a large one waits for a yes or a no, and may be lowered."""
    shop = RefundShop(submission)
    for paid in (LIMIT, 1, submission.rng.randrange(1, LIMIT)):
        small = shop.order(paid)
        [seen] = shop.step({"thread": small["order"], "request": small})
        shop.assert_outcome(seen, small, paid, "policy", f"up to the limit ({paid} cents)")
    for cents, more in ((None, {}), (0, {"approve": False}), (LIMIT, {"cents": LIMIT}), (1, {"cents": 1})):
        large = shop.order()
        large["cents"] = large["cents"] if more else LIMIT + 1
        shop.start(large, large["order"])
        [seen] = shop.step({"thread": large["order"], "answer": yes(large, **more)})
        when = "after staff lowered the amount" if "cents" in more else "after a decision"
        shop.assert_outcome(seen, large, large["cents"] if cents is None else cents, "mia", when)


BAD = ("yes", True, {"staff": "mia", "approve": True})


def assert_asks_again(shop: RefundShop, request: dict[str, Any], bad: Any, thread: str = "t") -> None:
    """Expect another question after an answer that is no decision."""
    [seen] = shop.step({"thread": thread, "answer": bad})
    assert "raised" not in seen, (
        f"the answer {bad!r} made the run raise {seen.get('raised')!r}: LangGraph keeps the answer, and each later one meets it again. Ask again "
        "in a loop"
    )
    assert seen["asked"] and not shop.of(request["order"]), (
        f"the answer {bad!r} was taken for a decision about {request}: {seen['outcome']}, refunded {shop.of(request['order'])}"
    )
    assert_shown(seen["asked"][0], request, f"after the answer {bad!r}, ")


@pytest.mark.exercise("approve_refunds", points=2, rules=(3, 4), needs=("server",), restarts=True)
def test_a_bad_answer_does_not_stick(submission):
    """Three bad answers, a new process, and then a good one: it counts."""
    shop = RefundShop(submission)
    request = shop.order()
    shop.start(request)
    for bad in BAD:
        assert_asks_again(shop, request, bad)
    submission.restart()
    [seen] = shop.step({"thread": "t", "answer": yes(request)})
    shop.assert_outcome(seen, request, request["cents"], "mia", "after bad answers and a good one")


@pytest.mark.exercise("approve_refunds", points=1, rules=(1,), needs=("server",))
def test_the_policy_refuses(submission):
    """Not this customer's, not there, more than was paid, nothing, and refunded before: nobody is asked."""
    shop = RefundShop(submission)
    cases = {
        "the order isn't this customer's": {"customer": "dora"},
        "there's no such order": {"order": "none"},
        "it's more than was paid": {"cents": 9001},
        "it's 0 cents": {"cents": 0},
        "it's less than nothing": {"cents": -3000},
    }
    for why, change in cases.items():
        request = shop.order() | change
        [seen] = shop.step({"thread": why, "request": request})
        shop.assert_outcome(seen, request, 0, "policy", f"though {why}")
    request = shop.order()
    shop.paid["elsewhere"] = (request["order"], 5)
    [seen] = shop.step({"thread": "before", "request": request})
    assert not seen.get("asked") and len(shop.of(request["order"])) == 1, (
        f"the order was refunded before, and the graph asked {seen.get('asked')} or paid again: look with `shop.refunded`"
    )
    for broken in ("find", "refunded", "refund"):
        for shop.fault in (None, 500, 501):
            shop.breaks = broken
            assert_resumed(shop, broken)


def assert_resumed(shop: RefundShop, broken: str) -> None:
    """Expect an error of the shop to come out, and the request to be decided when the run is resumed."""
    small = shop.order(LIMIT)
    [seen] = shop.step({"thread": small["order"], "request": small})
    went_on = "somebody was asked" if seen.get("asked") else f"the outcome is {seen.get('outcome')}"
    error = {500: "a `KeyError`", 501: "a `TypeError`"}.get(shop.fault or 0, "an error")
    assert "raised" in seen or (seen["outcome"] or {}).get("refunded"), (
        f"`shop.{broken}` raised {error}, and {went_on}: an error decides nothing, so let it out"
    )
    if "raised" in seen:
        [seen] = shop.step({"thread": small["order"]})
    shop.assert_outcome(seen, small, LIMIT, "policy", f"after `shop.{broken}` had raised once")
