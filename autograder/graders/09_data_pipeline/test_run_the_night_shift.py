"""Public tests of `run_the_night_shift`."""

from __future__ import annotations

import json
import threading
from collections import Counter
from typing import Any

import pytest

from autograder.counts import counted, often
from autograder.sandbox.http_server import Request, Response
from autograder.testing import evidence

from common import draw_orders, text_of


def run_on(run_the_night_shift, url, path, folder, text, at_once, most, slow):
    """Run a night, or go on with it; a thread waits for the server to say that SIGTERM is due."""
    import os
    import signal
    import threading
    from pathlib import Path

    import httpx
    from langgraph.checkpoint.sqlite import SqliteSaver

    from course.data_pipeline.pricing import Busy, Refused

    Path(folder).mkdir(exist_ok=True)
    Path(path).parent.mkdir(exist_ok=True)
    if not Path(path).exists():
        Path(path).write_text(text, encoding="utf-8")

    def wait_for_the_deploy():
        answer = httpx.get(f"{url}/deploy", timeout=120)
        if answer.text == "SIGTERM":
            # What would end any other process does nothing to a container's first one.
            unheard = signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
            os.kill(os.getpid(), signal.SIGKILL if unheard else signal.SIGTERM)
            httpx.post(f"{url}/sent")

    def put(saver, config, checkpoint, metadata, new_versions):
        # Two in a row: in a graph that plans and works by turns, one of them is before the work, one after it.
        if slow and metadata.get("step") in (5, 6) and not config["configurable"].get("checkpoint_ns"):
            httpx.post(f"{url}/save", timeout=30)
        return putting(saver, config, checkpoint, metadata, new_versions)

    threading.Thread(target=wait_for_the_deploy, daemon=True).start()
    before, putting = signal.getsignal(signal.SIGTERM), SqliteSaver.put
    SqliteSaver.put = put
    try:
        return {"report": run_the_night_shift(path, url, folder, at_once, most)}
    except (Busy, Refused, httpx.HTTPError) as error:
        return {"raised": type(error).__name__}
    finally:
        signal.signal(signal.SIGTERM, before)
        SqliteSaver.put = putting
        httpx.post(f"{url}/over")


NO_LINE_ENDS = ("\u2028", "\x85", " ", "\x0b", "\r")  # but `str.splitlines` ends a line at four of them


class Shift:
    """A night: its file, the service with its ledger, and what should come of it."""

    def __init__(
        self,
        submission: Any,
        lines: int,
        malformed: int,
        poison: int,
        at_once: int,
        most: int,
        end: str = "\n",
    ) -> None:
        self._submission, self.at_once, self.most, self.name = submission, at_once, most, f"night-{lines}"
        rng = submission.rng
        orders = draw_orders(rng, lines)
        bad = {n: bad_line(n) for n in rng.sample(range(lines), malformed)}
        good = [n for n in range(lines) if n not in bad]
        last = good[-2:-1] * bool(poison)  # the last run, too, has a call that's refused
        self.poison = {orders[n]["id"] for n in [*last, *rng.sample(good[:-2], poison - len(last))]}
        self.lines = [bad[n][1] if n in bad else json.dumps(order) for n, order in enumerate(orders)]
        self.text, self._bad = text_of(self.lines).removesuffix("\n") + end * bool(lines), [*bad.values()]
        self.good = [orders[n] for n in good if orders[n]["id"] not in self.poison]
        self._orders = [orders[n] for n in good]
        self.priced: Counter[str] = Counter()
        self.stops, self.peak, self.under_way, self.calls, self.after_stop = 0, 0, 0, 0, set()
        self.orders = self.most_orders = 0
        self._dead, self._lock, self._runs = False, threading.Lock(), 0
        self._kill_at = self._stop_at = self._broken_at = 0
        self._once = False
        self._busy, self._again = Counter[frozenset[str]](), set[frozenset[str]]()
        self._refused, self._half_was_busy = set[frozenset[str]](), False
        self._here = Counter[str]()  #: how often this process had each order priced
        self._busies = self.twice = self.kills = 0
        self._deploy, self._over, self._sent = threading.Event(), threading.Event(), threading.Event()
        self._full = threading.Event()  # as many calls as may be were under way, or one more
        self._saves, self._behind, self._cut = 0, 0, False
        self._many = threading.Event()  # more orders than a kill may cost were priced while a save was slow
        self.costs = list[tuple[int, int]]()  #: each run's stops before it, and repeats until its end

    def run(
        self, kill_at: int = 0, stop_at: int = 0, broken_at: int = 0, once: bool = False, slow: bool = False
    ) -> Any:
        """Have a process work, and do something to it at a call of this number; say what it returned.

        If saves are `slow`, it's killed while it saves a checkpoint, unless that call comes first.
        """
        if self._dead:
            self._submission.restart()
        stops, self._dead, self._saves = self.stops, False, 0
        self._kill_at, self._stop_at, self._broken_at, self._once = kill_at, stop_at, broken_at, once
        self.calls = self.under_way = self.orders = self._busies = 0
        self._here.clear()
        self._refused.clear()
        self.after_stop = set()
        for event in (self._deploy, self._over, self._sent):
            event.clear()
        self._runs += 1
        if kill_at or stop_at or broken_at:
            what = f"killed at call {kill_at}" if kill_at else f"disturbed at call {stop_at or broken_at}"
            self._submission.tell(f"process {self._runs} works on {self.name}, and is {what}")
        else:
            self._submission.tell(f"the last process works on {self.name}")
        server = self._submission.serve(self._answer)
        path, folder = self._submission.path(f"{self.name}-in/orders.jsonl"), self._submission.path(self.name)
        given = {"text": self.text, "at_once": self.at_once, "most": self.most, "slow": slow}
        seen = self._submission.observe(run_on, dies=True, url=server.url, path=path, folder=folder, **given)
        self._over.set()
        self._dead = seen is None
        self.stops += bool(seen and "raised" in seen)
        self.costs.append((stops, self.priced.total() - len(self.priced) - self.twice))
        return seen

    def _answer(self, request: Request) -> Response:
        if request.path != "/prices":
            return self._tell(request.path)
        orders = request.json["orders"]
        with self._lock:
            self.calls += 1
            number = self.calls
            self.under_way += 1
            self.orders += len(orders)
            self.peak = max(self.peak, self.under_way)
            self.most_orders = max(self.most_orders, self.orders)
            if self.under_way >= self.at_once + (self._runs == 1):
                self._full.set()
            status = self._status(number, {order["id"] for order in orders})
            if status == 200:
                self.priced.update(order["id"] for order in orders)
                self.twice += sum(order["id"] in self._here for order in orders)
                self._here.update(order["id"] for order in orders)
                self._behind += len(orders)
                if self._behind > self.most:
                    self._many.set()
            if self._sent.is_set():
                self.after_stop |= {order["id"] for order in orders}
            if number == self._kill_at:
                self._kill()
        if (
            number <= self.at_once < len(self.lines)
        ):  # the first chunk's calls meet, so that its size is seen,
            self._full.wait(0.4 if self._runs == 1 else 1)  # and in the first run one that would be too many
        if number == self._stop_at:
            self._deploy.set()
            self._sent.wait(5)
        with self._lock:
            self.under_way -= 1
            self.orders -= len(orders)
        return Response(status=status, body={"cents": {order["id"]: price_of(order) for order in orders}})

    def _kill(self) -> None:
        if not self._dead:
            self.stops, self.kills, self._dead = self.stops + 1, self.kills + 1, True
            self._submission.kill()

    def _save(self) -> None:
        """Let a save take until too many orders are priced meanwhile, and kill; or until nobody asks, and kill at the second."""
        with self._lock:
            self._saves, self._behind, calls, run = self._saves + 1, 0, -1, self._runs
            self._many.clear()
        while not self._many.is_set() and calls != self.calls:
            calls = self.calls
            self._many.wait(0.3)
        with self._lock:
            if run == self._runs and not self._dead and (self._many.is_set() or self._saves > 1):
                self._cut = True
                self._kill()

    def _status(self, number: int, ids: set[str]) -> int:
        if self._broken_at and number == self._broken_at and self._once:
            return 500
        if self._broken_at and number >= self._broken_at and not self._once:
            return 401
        call = frozenset(ids)
        if self._busy[call] < 2 and (number % 11 == 5 or call in self._again or self._is_second_half(call)):
            self._busy[call] += 1
            self._busies += 1
            self._again |= {call} if number % 33 == 27 else set[frozenset[str]]()  # this call is busy twice
            return 503
        self._busy.pop(call, None)
        self._again.discard(call)
        if ids & self.poison:
            self._refused.add(call)
        return 422 if ids & self.poison else 200

    def _is_second_half(self, call: frozenset[str]) -> bool:
        """Say, once in the last run, whether some of a refused call's orders have been priced, and these are others."""
        if self._half_was_busy or self._kill_at or self._stop_at or self._broken_at:
            return False
        self._half_was_busy = any(
            call < whole and not whole.isdisjoint(self._here) for whole in self._refused
        )
        return self._half_was_busy

    def _tell(self, path: str) -> Response:
        """Let the thread wait that sends SIGTERM, and hear that it was sent, or that the night is over."""
        if path == "/deploy":
            while not self._over.is_set():
                if self._deploy.wait(0.05):
                    return Response(body="SIGTERM")
        if path == "/save":
            self._save()
        {"/sent": self._sent, "/over": self._over}.get(path, threading.Event()).set()
        return Response()

    def table(self, name: str) -> list[Any]:
        return evidence.table(self._submission.file(f"{self.name}/results.db"), name)

    def assert_drained(self, seen: Any) -> None:
        """Expect SIGTERM to have ended the night after its chunk."""
        self._assert_patient(seen)
        assert self._deploy.is_set(), "the night was over before SIGTERM came: it must work on the whole file"
        assert seen is not None, (
            "SIGTERM came, and the process was gone in the middle of the running chunk: nothing listened, or the handler ended "
            "the process; let the run end between two steps"
        )
        assert "raised" not in seen, f"SIGTERM came, and `{seen['raised']}` came out: return `None`"
        assert seen["report"] is None, (
            f"SIGTERM came, and it returned {seen['report']}: return `None`, the night isn't over"
        )
        self.assert_chunk()
        assert len(self.after_stop) <= self.most, (
            f"SIGTERM came, and {counted(len(self.after_stop), 'order was', 'orders were')} sent after it: let the running chunk end, "
            "and begin no other"
        )

    def assert_stopped(self, seen: Any) -> None:
        """Expect an error that nobody knows to have come out."""
        status = "500, once" if self._once else "401"
        assert seen and "raised" in seen, (
            f"the service answered {status}, which says nothing about the orders, and it returned {seen and seen['report']}: let the "
            "error out, and don't ask again in the same call"
        )
        refused = [raw for _, reason, raw in self.table("quarantine") if reason == "refused"]
        wrong = [raw for raw in refused if json.loads(raw)["id"] not in self.poison]
        assert not wrong, (
            f"the service answered {status}, which says nothing about the orders, and {wrong[0]!r} is in quarantine"
        )

    def _assert_patient(self, seen: Any) -> None:
        """Expect no call to have been given up because the service was busy."""
        assert not seen or seen.get("raised") != "Busy", (
            f"`Busy` came out: the service was only busy, {often(self._busies)} in this run, to the same call at most twice in a row. "
            "Make each busy call again by itself, not its whole part, up to three times"
        )

    def assert_width(self) -> None:
        """Expect no more calls under way at a time than may be."""
        assert self.peak <= self.at_once, (
            f"{self.peak} calls were under way at the same time, and `at_once` is {self.at_once}: that holds for the whole night, "
            "whatever a chunk's parts are"
        )

    def assert_chunk(self) -> None:
        """Expect no more orders under way at a time than a kill may cost: too large a chunk breaks more than one bound."""
        assert self.most_orders <= self.most, (
            f"calls for {self.most_orders} orders were under way at the same time, and a kill costs {self.most} at most: make the "
            "chunk smaller"
        )

    def assert_finished(self, seen: Any) -> None:
        """Expect each order in one of the two tables, once, few priced again, and the right report."""
        self._assert_patient(seen)
        assert seen and "raised" not in seen, (
            f"`{seen and seen['raised']}` came out: the service was only busy, or an order was poison"
        )
        assert seen["report"] is not None, (
            "it returned `None`, and no SIGTERM had come in this call: go on to the end of the file, and return the report"
        )
        self.assert_chunk()
        repeats = self.priced.total() - len(self.priced)
        assert not self.twice or (self.kills and repeats <= self.stops * self.most), (
            f"{counted(self.twice, 'order was', 'orders were')} priced again within one run, and no kill was between. If a refused "
            "call's half is busy, make that call again by itself, not its whole part"
        )
        assert self.stops or not repeats, (
            f"nothing was killed, and {counted(repeats, 'order was', 'orders were')} priced twice: after SIGTERM, let the running chunk end, and have it "
            "on disk before you return"
        )
        for stops, cost in self.costs:
            assert cost <= stops * self.most, (
                f"it was stopped {often(stops)}, and {counted(cost, 'order was', 'orders were')} priced again: a kill costs {self.most} at most, also while a "
                'save is slow. Save each chunk before the next one begins (`durability="sync"`), and go on in the same thread'
            )
        rows = {name: cents for name, _, _, cents in self.table("priced")}
        right = {order["id"]: price_of(order) for order in self.good}
        left = len({*right} - {*rows})
        assert self.calls or not (self._cut and left), (
            f"it was killed while a checkpoint was being saved. A later call asked nothing, and its report is without {left} orders. A step's "
            "results were saved, and its checkpoint wasn't: there `next` is empty, and `tasks` isn't"
        )
        assert rows or self.calls or not right, (
            f"the service was asked nothing, and the report is {seen['report']}: each folder has a night of its own, even if the "
            "file's name has come before"
        )
        assert rows == right, (
            f"`priced` has {len(rows)} orders, and {len(right)} are good; {left} are missing"
        )
        quarantine = self.table("quarantine")
        poison = [json.dumps(order) for order in self._orders if order["id"] in self.poison]
        wanted = sorted([*self._bad, *(("refused", line) for line in poison)])
        kept = sorted((reason, raw) for _, reason, raw in quarantine)
        strange = [one for one in kept if one not in wanted][:1]
        assert kept == wanted, (
            f"`quarantine` has {len(kept)} lines, and {len(wanted)} are bad: each once, with its reason and raw text as it was; "
            rf"a line ends at `\n`, and nowhere else. Not as expected: {strange or 'some are missing'}"
        )
        self._assert_places(quarantine)
        reasons = dict(Counter(reason for reason, _ in wanted))
        expected = {"priced": len(right), "cents": sum(right.values()), "quarantined": reasons}
        assert seen["report"] == expected, f"the report is {seen['report']}, and should be {expected}"

    def _assert_places(self, quarantine: list[Any]) -> None:
        """Expect that each place leads to its line: the byte where a part begins, and the line's number in it."""
        data = self.text.encode()
        for place, _, raw in quarantine:
            start, number = map(int, place.split("+"))
            there = data[start:].split(b"\n", number + 1)[number:][:1]
            assert there == [raw.encode()] and number < self.most, (
                f"{raw!r} has the place {place!r}, and it isn't there: write the byte where its part begins, and its number among the part's "
                "lines, from 0"
            )


def bad_line(n: int) -> tuple[str, str]:
    """Return why a line is no order, and the line, with spaces around it."""
    odd = NO_LINE_ENDS[n % len(NO_LINE_ENDS)]
    return (
        ("not JSON", f' {{"id": "o{n}",{odd}"sku" '),
        ("no id or no sku", f' {{"id": "o{n}", "quantity": 1}} '),
        ("the quantity isn't between 1 and 1000", f' {{"id": "o{n}", "sku": "tent", "quantity": 0}} '),
    )[n % 3]


def price_of(order: dict[str, Any]) -> int:
    """Say what an order costs; some are for free."""
    if order["quantity"] == 1:
        return 0
    return (len(order["sku"]) * 100 + int(order["id"][-3:])) * order["quantity"]


@pytest.mark.exercise(
    "run_the_night_shift", points=2, restarts=True, needs=("server",), rules=(1, 2, 3, 5), timeout=30
)
def test_a_short_night_with_two_kills(submission):
    """Eight hundred orders and two kills, one during a slow save: each order once, few priced again, the right report."""
    shift = Shift(submission, lines=800, malformed=12, poison=12, at_once=4, most=40)
    shift.run(kill_at=80, slow=True)
    shift.run(kill_at=submission.rng.randrange(45, 65))
    shift.assert_finished(shift.run())


@pytest.mark.exercise("run_the_night_shift", points=1, restarts=True, needs=("server",), rules=(3, 4, 6))
def test_a_deploy(submission):
    """SIGTERM lets the running chunk end; the next call goes on; one call more asks nobody."""
    shift = Shift(submission, lines=200, malformed=4, poison=0, at_once=2, most=20)
    shift.assert_drained(shift.run(stop_at=submission.rng.randrange(4, 8)))
    shift.assert_finished(shift.run())
    shift.assert_width()
    seen = shift.run()
    assert not shift.calls, f"the night was finished, and the service was asked {shift.calls} times more"
    shift.assert_finished(seen)
