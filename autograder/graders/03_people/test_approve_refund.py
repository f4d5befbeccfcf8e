"""Public tests of `approve_refund`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import counted
from autograder.sandbox.http_server import Response
from autograder.testing import evidence

if TYPE_CHECKING:
    import random

    from autograder.sandbox.http_server import Request, Server


def step_refund(build_refunds, db, url, sends):
    """Build the graph anew, send one thing after another into threads, and tell what came back.

    What has `days` is sent so many days later, as far as `time.time()` tells. What `stops` runs one step only, as if the
    process had been killed then. Where the backend's answer is lost, `ask` and `pay` raise errors of three classes in turn.
    """
    import http.client
    import json
    import sqlite3
    import time
    from unittest.mock import patch

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.types import Command

    def post(path, order, cents):
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
        connection.request("POST", path, json.dumps({"order": order, "cents": cents}))
        try:
            answer = json.loads(connection.getresponse().read())
        except ConnectionError:
            kind = (ConnectionError, sqlite3.OperationalError, TimeoutError)[len(failed) % 3]
            failed.append(kind(f"{path[1:]}: the answer was lost"))
            raise failed[-1] from None
        finally:
            connection.close()
        return answer

    def ask(*two, **named):
        begun.append(two)
        by_name.extend(named)
        post("/ask", *two, **named)
        told.append(two)

    def pay(*two, **named):
        by_name.extend(named)
        return post("/pay", *two, **named)["receipt"]

    def clock(days):
        return lambda: now() + 86400 * days

    seen, begun, told, failed, by_name, now = [], [], [], [], [], time.time
    with SqliteSaver.from_conn_string(db) as saver:
        graph = build_refunds(saver, ask, pay)
        if not hasattr(graph, "get_state"):
            return {"no graph": type(graph).__name__}
        limit = getattr(graph, "step_timeout", None)
        for thread, send in sends:
            config = {"configurable": {"thread_id": thread}}
            given = Command(resume=send["resume"]) if "resume" in send else send.get("start")
            result, raised, known = None, "", len(failed)
            try:
                with patch("time.time", clock(send.get("days", 0))):
                    result = graph.invoke(given, config, interrupt_after="*" if send.get("stops") else None)
            except Exception as error:
                lost = (type(error), str(error)) in [(type(one), str(one)) for one in failed]
                if not lost and not send.get("stops"):
                    raise
                raised = type(error).__name__
            still_asks = len(begun) > len(told) and not raised
            result = result if isinstance(result, dict) else {}
            seen.append(
                {
                    "asked": [one.value for one in result.get("__interrupt__", ())],
                    "next": list(graph.get_state(config).next),
                    "receipt": result.get("receipt", "missing"),
                    "still asks": still_asks,
                    "raised": raised,
                    "failed": [type(one).__name__ for one in failed[known:]],
                    "by name": by_name,
                    "limit": limit,
                }
            )
    return seen


class RefundDesk:
    """The reviewers' channel and the bank, as the judge sees them."""

    def __init__(self, submission: Any) -> None:
        self.rng: random.Random = submission.rng
        self.receipts: dict[str, str] = {}
        self.given: list[str] = []  # all receipts; for 0 cents, an empty one
        self._numbers = iter(self.rng.sample(range(10**6), 1000))  # no two receipts are the same
        self.loses, self.slow = "", 0.0  # a path whose answers are lost; seconds that the channel takes
        self._submission, self._db = submission, submission.path("refunds.db")
        self._server: Server = submission.serve(self._answer)

    def _answer(self, request: Request) -> Response:
        receipt = f"r-{next(self._numbers)}" if request.json["cents"] else ""
        if request.path == self.loses:
            return Response(reset=True)
        if request.path == "/ask":
            time.sleep(self.slow)
        if request.path == "/pay":
            self.given.append(receipt)
            self.receipts[request.json["order"]] = receipt
        return Response(body={"receipt": receipt})

    def refund(self) -> dict[str, Any]:
        return {"order": str(self.rng.randrange(1000, 10**5)), "cents": self.rng.randrange(100, 10**5)}

    def step(self, refund: dict[str, Any], **send: Any) -> dict[str, Any]:
        """Send something into the refund's thread: `start=`, `resume=`, or nothing, as a worker does."""
        [seen] = self.steps([(f"refund-{refund['order']}", send)])
        return seen

    def steps(self, sends: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
        """Send one thing after another into the threads of one graph."""
        seen = self._submission.observe(step_refund, db=self._db, url=self._server.url, sends=sends)
        assert not isinstance(seen, dict), (
            f"`build_refunds` returned a value of type {seen['no graph']}, not a graph: "
            "return what `builder.compile(checkpointer=saver)` gives"
        )
        return seen

    def use_another_database(self) -> None:
        """Go on in the same process with a saver whose database is empty."""
        self._db = self._submission.path("another.db" if "another" not in self._db else "third.db")

    def start(self, refund: dict[str, Any]) -> dict[str, Any]:
        """Start a refund, and expect it to wait for a person."""
        seen = self.step(refund, start=refund)
        if not seen["asked"] and seen["next"]:
            raise AssertionError(
                f"the thread stopped before `{seen['next'][0]}` without an interrupt: a breakpoint asks no question "
                "and takes no answer, so the decision would be lost. Ask from inside a node"
            )
        assert seen["asked"], (
            "the refund ran to its end without asking anybody: pause in a node before the money goes out"
        )
        assert seen["asked"] == [refund], (
            f"the interrupt's value is {seen['asked'][0]!r} instead of {refund}: the reviewer decides by what it says"
        )
        return seen

    def made(self, path: str) -> list[dict[str, Any]]:
        return [request.json for request in self._server.requests if request.path == path]

    def assert_nothing_paid(self, refund: dict[str, Any]) -> None:
        paid = self.made("/pay").count(refund)
        assert not paid, (
            f"{refund['cents']} cents were paid before anybody had decided: everything above the interrupt "
            "has already happened when a person is asked, so pay below it"
        )

    def assert_paid(self, refund: dict[str, Any], seen: dict[str, Any]) -> None:
        """Expect a decided refund to be paid once, with its receipt in the state."""
        assert not seen["asked"], "after the decision the graph asked again: use one interrupt per refund"
        paid = [one for one in self.made("/pay") if one["order"] == refund["order"]]
        assert paid, (
            f"refund {refund['order']} was approved, but nothing was paid: call `pay` after the decision"
        )
        assert paid == [refund], (
            f"refund {refund['order']} should be paid once, {refund['cents']} cents, but the ledger says "
            f"{[one['cents'] for one in paid]}: is `pay` above an interrupt, or called in two places?"
        )
        receipt = self.receipts[refund["order"]]
        assert seen["receipt"] == receipt, (
            f"the bank gave the receipt {receipt!r}, but `receipt` in the state is {seen['receipt']!r}: "
            "the node must return what `pay` returned"
        )

    def assert_asked_once(self, refund: dict[str, Any], when: str, why: str) -> None:
        asked = [one for one in self.made("/ask") if one["order"] == refund["order"]]
        assert asked, "the reviewers' channel got no message: call `ask` before you pause"
        assert asked[0] == refund, f"`ask` was called with {asked[0]} instead of {refund}"
        assert len(asked) == 1, f"{when}, the channel has {len(asked)} messages about one refund: {why}"


@pytest.mark.exercise("approve_refund", points=2, rules=(2, 3), needs=("server",), restarts=True)
def test_paid_after_the_decision(submission):
    """Nothing is paid before the decision, and once after it, in another process."""
    desk = RefundDesk(submission)
    refund, desk.slow = desk.refund(), 0.2
    seen = desk.start(refund)
    assert not seen["still asks"], (
        "the run paused while `ask` was still posting to the channel: a process that ends then takes the message with "
        "it, so let `ask` return before you pause"
    )
    desk.assert_nothing_paid(refund)
    assert evidence.threads(submission.file("refunds.db")), (
        "the refund is waiting, but the database has no thread: compile the graph with the saver you're given"
    )
    submission.restart()
    desk.assert_paid(refund, desk.step(refund, resume=True))


@pytest.mark.exercise("approve_refund", points=1, rules=(2, 4), needs=("server",))
def test_declined_is_not_paid(submission):
    """A refund that is declined is not paid."""
    desk = RefundDesk(submission)
    refund = desk.refund()
    desk.start(refund)
    seen = desk.step(refund, resume=False)
    assert not desk.made("/pay"), (
        f"refund {refund['order']} was declined and paid anyway: "
        "`interrupt` returns the decision, so call `pay` only if it's true"
    )
    assert not seen["asked"] and seen["receipt"] is None, (
        f"after a no, the thread has the receipt {seen['receipt']!r} and {counted(len(seen['asked']), 'open question')}: "
        "finish the run, and write `None` to `receipt`"
    )


@pytest.mark.exercise("approve_refund", points=2, rules=(1,), needs=("server",), restarts=True)
def test_asked_once(submission):
    """The channel gets one message, though the thread is invoked with None and resumed."""
    desk = RefundDesk(submission)
    refund = desk.refund()
    desk.start(refund)
    desk.assert_asked_once(refund, "while the refund is waiting", "`ask` was called twice in one run")
    again = (
        "a node runs again from its first line each time, "
        "so a call that happens once needs its own node or task"
    )
    desk.step(refund)
    desk.assert_asked_once(refund, "after an `invoke(None)` on the waiting thread", again)
    submission.restart()
    desk.step(refund)
    desk.assert_asked_once(
        refund,
        "after an `invoke(None)` from a new process",
        "that process doesn't know what the old one kept in memory, so save it in a checkpoint",
    )
    desk.step(refund, resume=True)
    desk.assert_asked_once(refund, "after the decision", again)
