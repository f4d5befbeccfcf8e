"""Public tests of `meet_deadline`."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import often
from autograder.sandbox.http_server import Request, Response
from autograder.testing import evidence

from common import draw_order

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from autograder.sandbox.http_server import Request


QUOTE_HANGS = 1.6  # seconds that the carrier hangs at most
QUOTE_GRACE = 0.7  # seconds by which `quote_by` may be late


def ask_for_quotes(quote_by, url, db, orders, deadlines, settle, worker, beside=None):
    """Ask for a quote for each of these orders; after a late one, let the carrier's answer come in, if it is to.

    With `beside`, orders and their seconds, threads have asked for those orders, and are still waiting.
    """
    import queue
    import sqlite3
    import threading
    import time
    from concurrent.futures import ThreadPoolExecutor

    import httpx
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, MessagesState, StateGraph

    with SqliteSaver.from_conn_string(":memory:") as saver:  # what a new process does once is not timed
        warm = StateGraph(MessagesState).add_node("idle", lambda state: {}).add_edge(START, "idle")
        warm.compile(checkpointer=saver).invoke({"messages": []}, {"configurable": {"thread_id": "warm"}})
    client = httpx.Client(verify=False, timeout=20)
    # What those who wait, or use the file, may take for an error of their own.
    own = {502: queue.Empty, 504: TimeoutError, 507: sqlite3.OperationalError}
    asked, answered = threading.Event(), threading.Event()
    seen, begun = [], []

    def quote(order, seconds):
        if not worker:
            return quote_by(db, order, ask, seconds)
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(quote_by, db, order, ask, seconds).result()

    def ask(order):
        asked.set()
        begun.append(order)
        try:
            answer = client.get(f"{url}/quote/{order}")
            status = answer.status_code
            if status != 200:
                raise own.get(status, LookupError)(f"the carrier answered {status}: database is locked")
            return answer.json()
        finally:
            answered.set()

    for other in beside[0] if beside else ():
        threading.Thread(target=quote_by, args=(db, other, ask, beside[1]), daemon=True).start()
    until = time.monotonic() + 1  # for all of them to have asked, or to wait for each other
    while beside and len(begun) < len(beside[0]) and time.monotonic() < until:
        time.sleep(0.02)
    for order, seconds in zip(orders, deadlines, strict=True):
        asked.clear()
        answered.clear()
        began = time.monotonic()
        try:
            end = {"returned": quote(order, seconds)}
        except NotImplementedError:
            raise
        except Exception as error:
            end = {"raised": f"{type(error).__name__}: {error}"[:200]}
        seen.append(end | {"took": time.monotonic() - began})
        if settle and end.get("returned", 0) is None:
            client.post(f"{url}/release")
            answered.wait(5 if asked.is_set() else 0)
            time.sleep(0.1)  # for those who save what came
    return seen


def ask_around_the_deadline(
    quote_by, url, held, shut_out, late, db, late_db, held_seconds, holds, late_seconds
):
    """Ask for a quote that comes at once, and is saved when another writer has held the file for `holds` seconds.

    Meanwhile, ask in another file, which is slow to open, for each of `late`, whose quotes come just after the deadline. A busy machine may keep a
    caller from giving up before that, or hold back a quote, so one call tells nothing. Stop after a call that didn't use a
    quote that came at once after the deadline, or after three in a row that used theirs. At last, ask for each of `shut_out` while the file doesn't
    open until after the deadline, and another writer holds it: whoever uses it first is asking too late, though the quote comes at once.
    """
    import sqlite3
    import threading
    import time
    from contextlib import suppress
    from unittest.mock import patch

    import httpx
    from langgraph.checkpoint.sqlite import SqliteSaver

    client, holding, seen = httpx.Client(verify=False, timeout=20), threading.Event(), []

    def ask(order):
        answer = client.get(f"{url}/quote/{order}").json()
        connection = sqlite3.connect(db, timeout=0.3, check_same_thread=False)
        with suppress(sqlite3.OperationalError):  # `quote_by` itself holds the file while it asks
            connection.execute("begin immediate")
        threading.Timer(holds, connection.close).start()
        holding.set()
        return answer

    def timed(db, order, ask, seconds, end):
        began = time.monotonic()
        try:
            end["returned"] = quote_by(db, order, ask, seconds)
        except Exception as error:
            end["raised"] = f"{type(error).__name__}: {error}"[:200]
        end |= {"took": time.monotonic() - began, "saved": saved(db, order)}

    def saved(db, order):
        with SqliteSaver.from_conn_string(db) as saver:
            found = saver.get_tuple({"configurable": {"thread_id": order}})
        return found.checkpoint["channel_values"].get("quotes") if found else None

    connect = sqlite3.connect

    def opened_at(moment):
        def connect_late(database, *args, **kwargs):
            if str(database) == late_db:
                time.sleep(max(0, moment - time.monotonic()))
            return connect(database, *args, **kwargs)

        return connect_late

    first = {}
    holder = threading.Thread(target=timed, args=(db, held, ask, held_seconds, first))
    holder.start()
    holding.wait(held_seconds)
    enough, opens = time.monotonic() + 5, late_seconds * 2 / 3
    for order in late:
        began, came, end = time.monotonic(), [], {}

        def ask_late(order, began=began, came=came):
            answer = client.get(f"{url}/quote/{order}").json()
            time.sleep(max(0, began + late_seconds + 0.08 - time.monotonic()))
            for _ in range(5):  # whoever can give up now does so first, however busy the machine is
                time.sleep(0.01)
            came.append(time.monotonic() - began)
            return answer

        with patch("sqlite3.connect", opened_at(began + opens)):
            timed(late_db, order, ask_late, late_seconds, end)
        until = time.monotonic() + 1
        while not came and time.monotonic() < until:
            time.sleep(0.01)
        used = end.get("returned") is not None or bool(saved(late_db, order))
        seen.append(end | {"used": used, "came": came[0] if came else None})
        # A clock that starts once the file is open would still run then.
        refused = bool(came) and came[0] < opens + late_seconds - 0.02 and not used
        in_a_row = len(seen) > 2 and all(one["used"] for one in seen[-3:])
        if "raised" in end or refused or in_a_row or time.monotonic() > enough:
            break
    for order in shut_out:
        writer, asked_late, last = sqlite3.connect(late_db, check_same_thread=False), [], {}
        writer.execute("begin immediate")
        threading.Timer(late_seconds + 0.4, writer.close).start()
        opening = []  # when it opens: counted from a moment within the call, so that the deadline is over

        def connect_too_late(database, *args, opening=opening, **kwargs):
            if str(database) == late_db:
                opening.append(time.monotonic() + late_seconds + 0.1)
                time.sleep(max(0, opening[0] - time.monotonic()))
            return connect(database, *args, **kwargs)

        def ask_at_once(order, opening=opening, asked_late=asked_late):
            asked_late.append(bool(opening) and time.monotonic() >= opening[0])
            return 500

        with patch("sqlite3.connect", connect_too_late):
            timed(late_db, order, ask_at_once, late_seconds, last)
        last["used"] = any(asked_late) and (last.get("returned") is not None or bool(saved(late_db, order)))
        if "raised" in last or last["used"]:
            break
    holder.join()
    return {"held": first, "late": seen, "shut out": last}


class QuoteCarrier:
    """Answers each question in its way: at once, after some seconds, with an error, or when it is released."""

    def __init__(self, rng: random.Random, ways: Sequence[str | float | int]) -> None:
        self.ways, self.prices = list(ways), rng.sample(range(100, 10_000), len(ways) + 3)
        self.asked: list[str] = []
        self.released = threading.Event()
        self.hangs: list[str] = []  # for these orders, whenever they come

    def __call__(self, request: Request) -> Response:
        if request.method == "POST":
            self.released.set()
            return Response()
        number = len(self.asked)
        self.asked.append(request.path.removeprefix("/quote/"))
        way = self.ways[number] if number < len(self.ways) else "now"
        if way == "hang" or way == "fails late" or self.asked[number] in self.hangs:
            self.released.wait(2 * QUOTE_HANGS if self.asked[number] in self.hangs else QUOTE_HANGS)
        if way == "overtaken":  # the answer that hangs comes first, and then this one
            self.released.set()
            time.sleep(0.1)
        if isinstance(way, float):
            time.sleep(way)
        status = way if isinstance(way, int) else 500 if way == "fails late" else 200
        return Response(status=status, body=self.prices[number])


def quoted(
    submission: Any,
    carrier: QuoteCarrier,
    orders: Sequence[str],
    *deadlines: float,
    settle: bool = True,
    worker: bool = False,
    beside: tuple[list[str], float] | None = None,
    db: str = "shipping.db",
) -> list[dict[str, Any]]:
    """Let the learner's function ask a carrier, once for each order; return what was seen.

    The last of the deadlines, in seconds, holds for all orders that have none of their own.
    """
    server = submission.serve(carrier)
    deadlines += deadlines[-1:] * (len(orders) - len(deadlines))
    how = {"db": submission.path(db), "settle": settle, "worker": worker, "beside": beside}
    seen: list[dict[str, Any]] = submission.observe(
        ask_for_quotes, url=server.url, orders=orders, deadlines=deadlines, **how
    )
    return seen


def assert_none_in_time(end: dict[str, Any], seconds: float) -> None:
    """Expect a call to have ended without a quote, by its deadline."""
    assert "raised" not in end, (
        f"the carrier didn't answer in time, and `quote_by` raised `{end['raised']}` instead of returning `None`"
    )
    took = end["took"]
    assert took <= seconds + QUOTE_GRACE, (
        f"with a deadline of {seconds} s, `quote_by` returned after {took:.1f} s: something waited for the thread "
        "that asks. A node without a deadline does, and so do `step_timeout`, a closing "
        "`with ThreadPoolExecutor(…)` and `asyncio.run`. Wait on a future instead"
    )
    assert end["returned"] is None, (
        f"the carrier didn't answer in time, and `quote_by` returned {end['returned']!r} instead of `None`"
    )


def assert_quote(end: dict[str, Any], price: int, case: str) -> None:
    """Expect a call to have returned this price."""
    assert "main thread" not in end.get("raised", ""), (
        f"{case}, `quote_by` raised `{end['raised']}`: "
        "a web server calls it in worker threads, where signals don't work"
    )
    assert "raised" not in end, f"{case}, `quote_by` raised `{end['raised']}`"
    assert end["returned"] == price, f"{case}, `quote_by` returned {end['returned']!r} instead of {price}" + (
        "" if price else ": 0 is a price, so check whether it `is None`, not whether it's true"
    )


def assert_quotes_kept(submission: Any, order: str, prices: list[int], why: str) -> None:
    """Expect the thread of an order to hold these quotes."""
    rows = evidence.checkpoints(submission.file("shipping.db"), order)
    assert rows or not prices, (
        f"the database has no thread {order!r}: use the order itself as the `thread_id`"
    )
    held = rows[-1].values.get("quotes") or [] if rows else []
    assert held == prices, f"thread {order!r} holds the quotes {held} instead of {prices}: {why}"


@pytest.mark.exercise("meet_deadline", points=1, rules=(1, 2, 4, 6), needs=("server",))
def test_answer_in_time_is_kept(submission):
    """An answer in time is returned and kept; the next call does not ask. Shipping may be free."""
    carrier, order = QuoteCarrier(submission.rng, [0.05]), draw_order(submission.rng)
    first, second = quoted(submission, carrier, [order, order], 6, worker=True)
    price = carrier.prices[0]
    assert_quote(first, price, "when the carrier took 0.05 s of 6 s, in a worker thread")
    assert_quote(second, price, "when the order had a quote")
    assert carrier.asked == [order], (
        f"the carrier was asked {often(len(carrier.asked))} for one order, which had a quote after the first call: "
        "look at what the thread holds before you ask"
    )
    assert first["took"] < 4.5, "the carrier answered in 0.05 s, and `quote_by` waited until the deadline"
    assert_quotes_kept(submission, order, [price], "a quote is saved once, in the state")
    carrier, free = QuoteCarrier(submission.rng, []), draw_order(submission.rng)
    carrier.prices[0] = 0
    first, second = quoted(submission, carrier, [free, free], 6)
    assert_quote(first, 0, "when the carrier ships an order for nothing")
    assert_quote(second, 0, "when the order had a quote of 0")
    assert carrier.asked == [free], (
        f"the carrier was asked {often(len(carrier.asked))} for an order with a quote of 0: "
        "0 is a price, so check whether the thread has a quote, not whether it's true"
    )
    assert_quotes_kept(submission, free, [0], "0 is a price, and a quote is saved once, in the state")
    assert_deadline_is_the_carriers(submission)


def assert_deadline_is_the_carriers(submission: Any) -> None:
    """Expect an answer in time to be returned, though it's saved long after the deadline, and no answer after it to be used."""
    rng, seconds, holds = submission.rng, 0.3, 2.1
    held, *others = (f"{draw_order(rng)}-{number}" for number in range(12))
    carrier = QuoteCarrier(rng, ["now"] * 12)
    seen = submission.observe(
        ask_around_the_deadline,
        url=submission.serve(carrier).url,
        held=held,
        shut_out=others[:2],
        late=others[2:],
        db=submission.path("shipping.db"),
        late_db=submission.path("late.db"),
        held_seconds=holds - 1.5,
        holds=holds,
        late_seconds=seconds,
    )
    end, case = (
        seen["held"],
        f"when the carrier answered at once, and another order's write held the file for {holds} s",
    )
    assert end.get("returned", 0) is not None, (
        f"the carrier answered at once, and another write held the file: `quote_by` returned `None` after {end['took']:.1f} s. "
        "An answer in time counts, whenever it's saved: decide when the answer comes, and then wait for the file"
    )
    assert_quote(end, carrier.prices[carrier.asked.index(held)], case)
    assert end["saved"], (
        f"{case}, `quote_by` returned {end['returned']}, and the thread had no quote then: the next call asks again, or the process "
        "ends first. Return when it's saved"
    )
    for end in seen["late"]:
        assert "raised" not in end, (
            f"the carrier answered after the deadline, and `quote_by` raised `{end['raised']}` instead of returning `None`"
        )
    used = [end["came"] for end in seen["late"][-3:] if end["used"]]
    assert len(used) < 3, (
        f"with a deadline of {seconds} s, the carrier answered 3 times after {min(used):.2f} s or more, and each time `quote_by` "
        "returned or saved its answer: the clock starts with the call, and the grace is only for returning"
    )
    end = seen["shut out"]
    assert "raised" not in end, (
        f"the file was slow to open, and the deadline of {seconds} s was over by then: `quote_by` raised `{end['raised']}` instead of "
        "returning `None`"
    )
    assert not end["used"], (
        f"the file was slow to open. You asked the carrier when the deadline of {seconds} s was over, and used its answer: the clock starts "
        "with the call, before you open the file, and then no time is left, so don't ask"
    )


@pytest.mark.exercise("meet_deadline", points=2, rules=(1, 3, 4), needs=("server",))
def test_late_answer_is_thrown_away(submission):
    """The carrier hangs: `None` by the deadline, and the late answer is not saved."""
    carrier, order = QuoteCarrier(submission.rng, ["hang"]), draw_order(submission.rng)
    seconds = submission.rng.choice([0.3, 0.35, 0.4])
    first, second, third = quoted(submission, carrier, [order] * 3, seconds, 6)
    assert_none_in_time(first, seconds)
    late, price = carrier.prices[:2]
    rows = evidence.checkpoints(submission.file("shipping.db"), order)
    saved = any(late in (row.values.get("quotes") or []) for row in rows)
    assert not saved, (
        f"`quote_by` returned `None`, and then the late answer, {late}, was "
        "saved in the thread: what you left running went on and wrote it, or the next call took its answer. Leave only `ask` "
        "running, and ignore what it returns late"
    )
    assert len(carrier.asked) > 1, "after a `None`, the next call didn't ask the carrier again"
    assert second.get("returned") != late, (
        f"the second call returned {late}, the answer to the first question, which came too late: "
        "each call needs its own place for the answer"
    )
    assert_quote(second, price, "when the carrier answered the second question at once")
    assert_quote(third, price, "when the order had a quote")
    assert len(carrier.asked) == 2, f"the carrier was asked {often(len(carrier.asked))} instead of twice"
    assert_quotes_kept(submission, order, [price], "only an answer that came in time is saved, once")
