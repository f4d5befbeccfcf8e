"""Checks error handling: what fails once is tried again, what always fails is set aside, nothing is lost."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
from langchain_core.outputs import ChatResult
from langgraph.checkpoint.memory import InMemorySaver

from course.checklist.desks import PAID, asks_back, opened, order_of
from course.checklist.findings import Finding, Findings
from course.checklist.nights import asking, order_file, patient
from course.data_pipeline.graph import build_night
from course.data_pipeline.orders import Order
from course.data_pipeline.report import report
from course.data_pipeline.run import run_night
from course.data_pipeline.service import PricingService
from course.data_pipeline.sink import Sink
from course.learner.chat_model import ScriptedChatModel
from course.support_agent.shop import Order as Bought
from course.support_agent.shop import Receipt, SqliteShop


class FailingModel(ScriptedChatModel):
    """A model that's out of reach some times before it answers."""

    away: int = 0  #: how many calls are still to fail

    def _generate(self, *given: Any, **more: Any) -> ChatResult:  # noqa: ANN401 — as the base class has it
        if self.away:
            self.away -= 1
            raise ConnectionError("the model is out of reach")
        return super()._generate(*given, **more)


class FailingShop(SqliteShop):
    """A shop whose bank and whose list of orders fail some times before they work."""

    bank, orders = 0, 0  #: how many calls are still to fail

    def refund(self, key: str, order: str, cents: int) -> Receipt:
        """Refund, once the bank is open."""
        if self.bank:
            self.bank -= 1
            raise ConnectionError("the bank is closed")
        return super().refund(key, order, cents)

    def find(self, order: str) -> Bought | None:
        """Find an order, once the list can be read."""
        if self.orders:
            self.orders -= 1
            raise OSError("the orders can't be read")
        return super().find(order)


def errors() -> Findings:
    """Check both systems."""
    with tempfile.TemporaryDirectory() as folder:
        yield "Support agent"
        yield from desk_errors(Path(folder))
        yield "\nPipeline"
        yield from night_errors(Path(folder))


def desk_errors(folder: Path) -> Findings:
    """Let the bank, a tool and a member of staff fail."""
    shop = FailingShop(folder / "desk.db")
    door = opened(folder, ["c1", "c2"], shop)
    shop.bank = 2
    said = door.say("c1", "t1", asks_back("c1", "5.00")).replies
    paid = [line["cents"] for line in shop.ledger()]
    yield Finding(f"the bank failed twice, and {len(paid)} refund was made", paid == [500])
    yield Finding("the customer was told of it once", sum("We refunded" in text for text in said) == 1)
    shop.orders = 1
    said = door.say("c2", "t2", f"Where is my order {order_of('c2')}?").replies
    yield Finding("a tool failed, and the customer still got an answer", any(said))
    said = door.say("c2", "t2", f"Where is my order {order_of('c2')}?").replies
    yield Finding("the thread works on after that", any("tulips" in text for text in said))
    door.say("c2", "t2", asks_back("c2", f"{PAID / 100:.2f}"))
    asked = door.answer("mia", "t2", "yes").waiting
    yield Finding('staff typed "yes", and was asked again', bool(asked and asked[0]["problem"]))
    door.answer("mia", "t2", {"order": order_of("c2"), "approve": True})
    yield Finding("the corrected answer counted", len(shop.ledger()) == 2)


def night_errors(folder: Path, count: int = 300) -> Findings:
    """Let the service be busy, refuse orders, and answer with an error that nobody has foreseen."""
    broken, poison = range(11, count, 97), {f"o{n}" for n in range(7, count, 61)}
    path, sink, saver = order_file(folder, count, broken), Sink(folder / "results.db"), InMemorySaver()
    expired = [True]
    with (
        closing(sink),
        PricingService(busy=lambda n: n % 5 == 0, poison=poison.__contains__) as service,
        httpx.Client(base_url=service.url) as client,
    ):

        def price(orders: Sequence[Order]) -> dict[str, int]:
            if expired and orders[0].id == "o200":
                raise PermissionError("401: the key has expired")
            return asking(client)(orders)

        night = build_night(patient(price, sink), 4, 10)
        stopped = ""
        try:
            run_night(night, saver, "night", str(path))
        except PermissionError as error:
            stopped = str(error)
        so_far = report(folder / "results.db").quarantined
        yield Finding(f"an unknown error stopped the night: {stopped or 'it did not'}", bool(stopped))
        yield Finding("nothing went into quarantine for it", set(so_far) <= {"not JSON", "refused"})
        expired.clear()
        run_night(night, saver, "night", str(path))
    ended = report(folder / "results.db")
    good = count - len(broken) - len(poison)
    busy = service.statuses[503]
    yield Finding(f"started again, it priced all {good} good orders", ended.priced == good)
    yield Finding(f"{busy} calls found the service busy, and were made again", busy > 0)
    wanted = Counter({"not JSON": len(broken), "refused": len(poison)})
    yield Finding(
        f"{sum(wanted.values())} bad lines are in quarantine, with a reason", ended.quarantined == wanted
    )
