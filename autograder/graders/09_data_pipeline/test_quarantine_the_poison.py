"""Public tests of `quarantine_the_poison`."""

from __future__ import annotations

import json
import math
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import counted
from autograder.sandbox.http_server import Request, Response
from autograder.testing import evidence

from common import draw_orders, text_of

if TYPE_CHECKING:
    import random


def sort_out(quarantine_the_poison, url, paths, text, start, end, times, backwards):
    """Work on one part of a file, as often as told; note what each time returned, or raised.

    `backwards`: prices come with the last order's first.
    """
    from contextlib import closing
    from pathlib import Path

    import httpx

    from course.data_pipeline.pricing import Busy, Refused, ask
    from course.data_pipeline.sink import Sink

    Path(paths["orders.jsonl"]).write_text(text)
    part = {"path": paths["orders.jsonl"], "start": start, "end": end}
    client = httpx.Client(base_url=url, timeout=10)

    def wait(number):
        client.post("/wait", json=number)

    def price(orders):
        try:
            cents = ask(client, orders)
            return dict(reversed(cents.items())) if backwards else cents
        except httpx.HTTPStatusError as error:
            if error.response.status_code == 418:
                raise TimeoutError("no answer for a minute") from error
            if error.response.status_code == 409:
                raise ConnectionResetError("reset by peer") from error
            if error.response.status_code == 408:
                raise httpx.ReadTimeout("no answer") from error
            if error.response.status_code == 410:
                raise httpx.ConnectError("nobody listens") from error
            raise

    told = []
    with closing(Sink(paths["results.db"])) as sink:
        for _ in range(times):
            try:
                counts = quarantine_the_poison(part, price, sink, wait)
                told.append({"counts": dict(counts)})
            except (Busy, Refused, httpx.HTTPError, TimeoutError, ConnectionError) as error:
                told.append({"raised": type(error).__name__})
    return told


#: What `price` raises for an answer with this status, if it isn't httpx's own error of a status.
RAISED = {418: "TimeoutError", 409: "ConnectionResetError", 408: "ReadTimeout", 410: "ConnectError"}


@dataclass(frozen=True)
class DrawnPart:
    """A part of a file: its lines, the orders among them, and why the others are none."""

    before: str  #: what the file holds before the part
    lines: list[str]
    orders: list[dict[str, Any]]
    reasons: dict[int, str]  #: number of the line → why it's bad


BAD_LINES = (
    ('{"id": "o7", "sku": "lamp", "qua', "not JSON"),
    ("id;sku;quantity", "not JSON"),
    ('{"sku": "lamp", "quantity": 2}', "no id or no sku"),
    ('{"id": "o12", "sku": "tent", "quantity": 0}', "the quantity isn't between 1 and 1000"),
    ('{"id": "o13", "sku": "tent", "quantity": "3"}', "the quantity isn't between 1 and 1000"),
)


def draw_part(
    rng: random.Random, orders: int, malformed: int = 0, start: int = 0, *, odd: bool = False, end: str = ""
) -> DrawnPart:
    """Draw a part. Each order has a field more than we read, so that its line can't be made from the order.

    If it's `odd`, every other line begins and ends with a blank, and some have in them what other files end lines with.
    With `end`, each line ends with it, as in a file that comes from elsewhere.
    """
    notes = ("gift", "höflich", "two\u2028lines\x85" if odd else "in two boxes")
    drawn = [order | {"note": notes[n % 3]} for n, order in enumerate(draw_orders(rng, orders))]
    lines: list[Any] = [json.dumps(order, ensure_ascii=False) for order in drawn]
    bad = rng.sample(BAD_LINES, malformed)
    if malformed > 2:
        bad[-1] = bad[0]
    places = sorted(rng.sample(range(orders + malformed), malformed))
    for place, (line, _) in zip(places, bad, strict=True):
        lines.insert(place, line)
    lines = [
        f" {line}\t{end}" if odd and n % 2 else line + end for n, line in enumerate(lines)
    ]  # blanks belong to a line
    if malformed > 2:
        lines[places[-1]] = lines[places[0]]  # the same bad line twice, blanks and all, is two bad lines
    reasons = {place: reason for place, (_, reason) in zip(places, bad, strict=True)}
    return DrawnPart("x" * (start - 1) + "\n" if start else "", lines, drawn, reasons)


class Pricing:
    """The service, its ledger, and what should be in the sink.

    `answers` says with which status a call is answered, by its number from 1; the others as they deserve.
    """

    def __init__(
        self,
        submission: Any,
        part: DrawnPart,
        poison: set[str] = frozenset(),
        answers: dict[int, int] | None = None,
        db: str = "results.db",
        *,
        busy_each: int = 0,
        free: bool = False,
        other: Pricing | None = None,
        backwards: bool = False,
    ) -> None:
        self._submission, self.part, self.poison, self._answers = submission, part, poison, answers or {}
        self.db, self.busy_each, self.backwards = db, busy_each, backwards
        #: what another part has put into the same sink
        self.others = {table: other.sink(table) for table in ("priced", "quarantine")} if other else {}
        self.cents = {order["id"]: submission.rng.randrange(100, 10**5) for order in part.orders}
        if free:  # one of the good orders costs nothing
            self.cents[submission.rng.choice([each for each in self.cents if each not in poison])] = 0
        self.calls: list[tuple[list[str], int]] = []  #: which orders, which answer
        self.waits: list[tuple[int, int]] = []  #: after how many calls, `wait` of what
        self._lock = threading.Lock()

    def work(self, times: int = 1) -> list[dict[str, Any]]:
        """Have the part worked on; return what came of it each time."""
        server = self._submission.serve(self._answer)
        text = self.part.before + text_of(self.part.lines)
        paths = {
            "orders.jsonl": self._submission.path("orders.jsonl"),
            "results.db": self._submission.path(self.db),
        }
        start, end = len(self.part.before.encode()), len(text.encode())
        given = {"text": text, "start": start, "end": end, "times": times}
        given |= {"backwards": self.backwards}
        return self._submission.observe(sort_out, url=server.url, paths=paths, **given)

    def _answer(self, request: Request) -> Response:
        with self._lock:
            if request.path == "/wait":
                self.waits.append((len(self.calls), request.json))
                return Response()
            ids = [order["id"] for order in request.json["orders"]]
            poisoned = 422 if self.poison & {*ids} else 200
            status = self._answers.get(len(self.calls) + 1, poisoned)
            if [names for names, _ in self.calls].count(ids) < self.busy_each:
                status = 503
            self.calls.append((ids, status))
        return Response(
            status=status, body={"cents": {name: self.cents[name] for name in ids if name in self.cents}}
        )

    def sink(self, table: str) -> list[Any]:
        rows = evidence.table(self._submission.file(self.db), table)
        others = self.others.get(table, [])
        lost = [row for row in others if row not in rows]
        assert not lost, (
            f"`{table}` had {lost[0]} from another part of the file, and hasn't got it any more: leave other parts' rows alone"
        )
        return [row for row in rows if row not in others]

    def assert_stopped(self, seen: list[dict[str, Any]], status: int) -> None:
        """Expect an error that nobody knows to have come out, and nothing to be wrong because of it."""
        raised = RAISED.get(status, "HTTPStatusError")
        what = f"the service answered {status}, which says nothing about the orders"
        if raised != "HTTPStatusError":
            what = f"`price` raised `{raised}`, which isn't `Busy`"
        stopped = [answer for _, answer in self.calls].index(status) + 1
        assert len(self.calls) == stopped, (
            f"{what}, and it was called again: let any exception but `Busy` and `Refused` out at once"
        )
        assert seen[-1].get("raised") == raised, (
            f"{what}, and {told(seen[-1])}: let it out, so that the run stops, and somebody looks"
        )
        known = {raw for _, reason, raw in self.sink("quarantine") if reason == "refused"}
        wrong = [raw for raw in known if json.loads(raw)["id"] not in self.poison]
        assert not wrong, f"{what}, and {wrong[0]!r} is in quarantine: it may be a good order"


def told(one: dict[str, Any]) -> str:
    """Say what came of working on a part."""
    return f"`{one['raised']}` came out" if "raised" in one else f"it returned {one['counts']}"


def assert_calls(pricing: Pricing) -> None:
    """Expect the calls to be few, and to be made again while the service is busy."""
    orders, calls = pricing.part.orders, pricing.calls
    ids = [order["id"] for order in orders]
    assert ids or not calls, "a part had no good line, and the service was asked: there is nothing to ask"
    assert not ids or sorted(calls[0][0]) == sorted(ids), (
        f"the first call had {counted(len(calls[0][0]) if calls else 0, 'order')}, and the part has {len(ids)} valid: price them "
        "all in one call"
    )
    answered = [names for names, status in calls if status != 503]
    refused = [tuple(names) for names, status in calls if status == 422]
    assert len(refused) == len({*refused}), (
        "a refused call was made a second time with the same orders: it will never be priced, so halve it"
    )
    priced, again = set[str](), list[str]()
    for names, status in calls:
        again += [name for name in names if name in priced]
        priced |= {*names} if status == 200 else set()
    why = (
        f"{counted(len({*again}), 'order')}, {again[0]!r} first, had been priced before one of these, so keep what a call returns"
        if again
        else "halve what's refused, into halves that differ by one order at most"
    )
    most = 1 + 2 * math.ceil(math.log2(max(len(ids), 1))) * len(pricing.poison)
    assert len(answered) <= most, (
        f"{len(pricing.poison)} of {len(ids)} orders were poison, and {len(answered)} calls were made, not {most} at most: {why}"
    )


def assert_waited(pricing: Pricing) -> None:
    """Expect `wait` between the attempts of one call, and no more than five of those."""
    row = 0
    for number, (names, status) in enumerate(pricing.calls, 1):
        row, before = (row + 1 if status == 503 else 0), pricing.calls[number - 2][0] if number > 1 else names
        assert row <= 5 or before == names, (
            "a half was busy five times, and then the call that it's half of was made again, though it had been refused: let a "
            "half's `Busy` out at once, past whatever tries again"
        )
        assert row <= 5, (
            f"a call was busy {row} times, and made again: at most five times, then let `Busy` out"
        )
        after = [value for calls, value in pricing.waits if calls == number]
        if status == 503 and row < 5:
            again = pricing.calls[number][0] if number < len(pricing.calls) else None
            other = "no call came after it" if again is None else f"the next was another one, of {len(again)}"
            assert again == names, (
                f"a call of {len(names)} orders was busy {row} time{'s' * (row > 1)}, and {other}: they may be priced later, so "
                "`wait`, then make the same call again. Each call counts its own failures, from 1"
            )
            assert after == [row], (
                f"a call was busy {row} time{'s' * (row > 1)}, and made again without `wait({row})` between: {after or 'nothing'}; "
                "each call counts its own failures, from 1"
            )


def assert_sorted(pricing: Pricing, seen: list[dict[str, Any]]) -> None:
    """Expect each good order in the sink, and each bad line in quarantine, once and with its reason."""
    part = pricing.part
    assert_waited(pricing)
    for one in seen:
        assert one.get("raised") != "Busy" or not pricing.busy_each, (
            f"each call was busy {pricing.busy_each} times, and `Busy` came out after {len(pricing.calls)} calls: the five times "
            "are for one call, so count anew for the next"
        )
        busy = " (the service was busy, and may be priced later)" if one.get("raised") == "Busy" else ""
        assert "counts" in one, f"`{one['raised']}` came out{busy}: a poisoned order must not stop the part"
    good = [order for order in part.orders if order["id"] not in pricing.poison]
    start, lost = len(part.before.encode()), []
    raw = {json.loads(line)["id"]: line for n, line in enumerate(part.lines) if n not in part.reasons}
    numbers = {n: part.reasons.get(n, "refused") for n, line in enumerate(part.lines)}
    wanted = [
        (f"{start}+{n}", reason, part.lines[n])
        for n, reason in numbers.items()
        if n in part.reasons or json.loads(part.lines[n])["id"] in pricing.poison
    ]
    found = pricing.sink("quarantine")
    lost = [order for order in good if raw[order["id"]] in {row[2] for row in found}]
    assert not lost or any(pricing.cents[order["id"]] for order in lost), (
        f"{lost[0]['id']!r} is good and costs 0 cents, and it's in quarantine: 0 is a price"
    )
    assert not lost, (
        f"{len(lost)} good orders are in quarantine: one order was poison, and those in a call with it were lost"
    )
    pieces = {piece for line in part.lines if len(line.splitlines()) > 1 for piece in line.splitlines()}
    cut = next((row[2] for row in found if row[2] in pieces and row[2] not in part.lines), None)
    assert cut is None, (
        f"the quarantine has {cut!r}, which is a piece of a line: a line ends at `\\n`, and nowhere else, as `read` has it"
    )
    assert_quarantined(found, wanted)
    rows = sorted(pricing.sink("priced"))
    right = sorted((o["id"], o["sku"], o["quantity"], pricing.cents[o["id"]]) for o in good)
    free = next((row for row in right if row not in rows and not row[3]), None)
    assert free is None, (
        f"{free[0]!r} is good and costs 0 cents, and isn't in the table `priced`: 0 is a price"
    )
    ids = [sorted(row[0] for row in table) for table in (rows, right)]
    assert rows == right or ids[0] != ids[1] or not pricing.backwards, (
        "`price` gave the last order's price first, and orders have each other's prices: it returns `{id: cents}`, so look an order's "
        "price up by its id"
    )
    assert rows == right, (
        f"`priced` has {len(rows)} rows, and {len(right)} orders are good; the first that differs is "
        f"{next((row for row in [*right, *rows] if (row in rows) != (row in right)), None)}"
    )
    assert_calls(pricing)
    counts = {"ok": len(right), "bad": len(wanted)}
    assert seen[-1]["counts"] == counts, f"it returned {seen[-1]['counts']}: return {counts} for this part"


def assert_quarantined(found: list[Any], wanted: list[tuple[str, str, str]]) -> None:
    """Expect the rows of the quarantine."""
    for place, reason, line in wanted:
        same = sorted((row for row in found if row[2] == line), key=lambda row: row[0] != place)
        by_place = [row for row in found if row[0] == place]
        another = bool(by_place) and by_place[0][2] in [text for *_, text in wanted]
        assert same or not by_place, (
            f"at {place!r}, the quarantine has {by_place[0][2]!r}, and not {line!r}: "
            f"{'number all lines, from 0, as they come' if another else 'keep the line as it was'}"
        )
        number = place.split("+")[1]
        assert same or number not in [row[0] for row in found], (
            f"the quarantine has a row with the place {number!r}: two parts would overwrite each other's"
        )
        assert same, f"the quarantine hasn't got {line!r}, which is bad: {reason}"
        assert same[0][0] != number, (
            f"the quarantine has a row with the place {number!r}: two parts would overwrite each other's"
        )
        twice = [other for other, _, text in wanted if text == line]
        assert same[0][0] == place or len(twice) == 1 or same[0][0] not in twice, (
            f"{line!r} is in the part twice, and in quarantine only at the place {same[0][0]!r}: count the lines, don't look for "
            "their text"
        )
        assert same[0][0] == place, (
            f"{line!r} is in quarantine at the place {same[0][0]!r}, and should be at {place!r}: lines are numbered from 0, as "
            "they come"
        )
        assert same[0][1] == reason, (
            f"{line!r} is in quarantine for the reason {same[0][1]!r}, not {reason!r}"
        )
    assert len(found) == len(wanted), f"the quarantine has {len(found)} rows, not {len(wanted)}"


#: Places among 63 orders where each refusal costs three calls if the odd order, first or last, is a piece of its own.
DEEP = (4, 5, 8, 9, 11, 12, 22, 23, 24, 38, 39, 40, 50, 51, 53, 54, 57, 58)


@pytest.mark.exercise("quarantine_the_poison", points=1, needs=("server",), rules=(1, 2, 3, 6))
def test_one_poisoned_order(submission):
    """One poisoned order is found in few calls; the others of its call are priced."""
    # Halves that aren't halves cost most where the poison is at an end, and the number of orders leaves nothing to spare.
    ends = [(count, place) for count in (16, 25, 32, 64) for place in (0, count - 1)]
    for count, place in [(63, submission.rng.choice(DEEP)), *ends]:
        part = draw_part(submission.rng, count)
        poison = {part.orders[place]["id"]}
        pricing = Pricing(submission, part, poison=poison, free=True, db=f"{count}-{place}.db")
        assert_sorted(pricing, pricing.work())


@pytest.mark.exercise("quarantine_the_poison", points=1, needs=("server",), rules=(1, 2, 6))
def test_bad_lines_and_the_part_again(submission):
    """Lines that are no orders are quarantined with their reason; done again, or with another part, the sink is right."""
    part = draw_part(submission.rng, 12, malformed=3, start=submission.rng.randrange(50, 90), odd=True)
    pricing = Pricing(submission, part)
    assert_sorted(pricing, pricing.work())
    again = Pricing(submission, part)
    again.cents = pricing.cents
    assert_sorted(again, again.work())
    elsewhere = draw_part(submission.rng, 5, malformed=2, start=submission.rng.randrange(500, 900))
    third = Pricing(submission, elsewhere, other=again)
    assert_sorted(third, third.work())


@pytest.mark.exercise("quarantine_the_poison", points=1, needs=("server",), rules=(4, 5))
def test_busy_and_broken(submission):
    """A busy service is asked five times; an error that nobody knows comes out."""
    rng = submission.rng
    part = draw_part(rng, 8)
    pricing = Pricing(submission, part, answers={1: 503, 2: 503, 3: 503, 4: 503})
    assert_sorted(pricing, pricing.work())
    # A service that's busy for good, in the only order's call, and in a half of what was refused.
    for one, poisoned in ((part, part.orders[:]), (draw_part(rng, 1), [])):
        poison = {order["id"] for order in rng.sample(poisoned, min(len(poisoned), 1))}
        busy = dict.fromkeys(range(1 + len(poison), 100), 503)
        pricing = Pricing(submission, one, poison=poison, answers=busy)
        seen = pricing.work()
        assert seen[-1].get("raised") == "Busy", (
            f"the service was busy for good, and {told(seen[-1])}: its orders may be priced later, so let `Busy` out"
        )
        assert_waited(pricing)
        assert not pricing.sink("quarantine"), (
            "the service was busy, and its orders are in quarantine: they may be priced later"
        )
    for status in (rng.choice([401, 500]), 418, 408):
        pricing = Pricing(submission, part, answers=dict.fromkeys(range(1, 100), status))
        pricing.assert_stopped(pricing.work(), status)
