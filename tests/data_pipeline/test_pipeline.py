"""The pipeline, from outside: the service's ledger, the tables, the checkpoints."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from langgraph.checkpoint.memory import InMemorySaver

from course.data_pipeline.graph import TooManyBad, build_night
from course.data_pipeline.metrics import measured, percentile, stages
from course.data_pipeline.night import night
from course.data_pipeline.orders import BadOrder, Order, cut, read, write
from course.data_pipeline.pricing import Busy, Refused, ask, halving, patiently
from course.data_pipeline.report import report
from course.data_pipeline.run import run_night
from course.data_pipeline.service import PricingService, cents
from course.data_pipeline.sink import Priced, Rejected, Sink, rows
from course.data_pipeline.worker import worker

ROOT = Path(__file__).parents[2]


def order(number: int, **other: Any) -> dict[str, Any]:
    return {"id": f"o{number}", "sku": "lamp", "quantity": 1 + number % 5} | other


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    return tmp_path / "orders.jsonl"


def parts_of(path: Path, parts: int = 3, size: int = 4) -> Iterator[list[list[str]]]:
    cursor = 0
    while chunk := cut(str(path), cursor, parts, size):
        yield [read(part) for part in chunk]
        cursor = chunk[-1]["end"]


@pytest.mark.parametrize("count", [0, 1, 4, 12, 13, 25])
def test_a_file_is_cut_into_parts_that_hold_each_line_once(orders: Path, count: int):
    write(orders, (order(n) for n in range(count)))
    chunks = list(parts_of(orders))
    assert [line for chunk in chunks for part in chunk for line in part] == orders.read_text().splitlines()
    assert all(len(chunk) <= 3 and all(1 <= len(part) <= 4 for part in chunk) for chunk in chunks)


def test_a_last_line_without_its_end_and_bytes_that_are_no_text_are_lines(orders: Path):
    orders.write_bytes(b'{"a": "\xff"}\n\n{"b": "\xe2\x80\xa8"}')
    assert [line for chunk in parts_of(orders) for part in chunk for line in part] == [
        '{"a": "\\xff"}',
        '{"b": "\u2028"}',
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "no id or no sku"),
        ('{"id": "", "sku": "s", "quantity": 1}', "no id or no sku"),
        ('{"id": 7, "sku": "s", "quantity": 1}', "no id or no sku"),
        ('{"id": "a", "sku": "s", "quantity": true}', "the quantity isn't between 1 and 1000"),
        ('{"id": "a", "sku": "s", "quantity": 0}', "the quantity isn't between 1 and 1000"),
        ('{"id": "a", "sku": "s", "quantity": 1001}', "the quantity isn't between 1 and 1000"),
    ],
)
def test_what_is_no_order_says_why(line: str, reason: str):
    with pytest.raises(BadOrder, match=reason):
        Order.parse(line)


def test_an_order_may_have_more_fields_than_we_read():
    assert Order.parse('{"id": "a", "sku": "s", "quantity": 1000, "note": "x"}') == Order("a", "s", 1000)


def test_the_service_s_answers_become_what_they_mean():
    asked = [Order("a", "s", 1), Order("b", "s", 2)]
    with (
        PricingService(busy=lambda n: n == 1, poison=lambda name: name == "b") as service,
        httpx.Client(base_url=service.url) as client,
    ):
        with pytest.raises(Busy):
            ask(client, asked)
        with pytest.raises(Refused):
            ask(client, asked)
        assert ask(client, asked[:1]) == {"a": cents({"sku": "s", "quantity": 1})}
    with httpx.Client(base_url=service.url) as client, pytest.raises(Busy):
        ask(client, asked)  # nobody listens there now
    assert service.statuses == {503: 1, 422: 1, 200: 1}


def test_patience_ends_after_its_attempts():
    tries: list[int] = []

    def busy(_: object) -> dict[str, int]:
        tries.append(1)
        raise Busy

    with pytest.raises(Busy):
        patiently(busy, first_wait=0.0, attempts=4)([])
    assert len(tries) == 4


def test_halving_finds_all_poison_and_asks_little():
    calls: list[int] = []

    def price(asked: Any) -> dict[str, int]:
        calls.append(len(asked))
        if any(each.id in ("3", "4", "31") for each in asked):
            raise Refused
        return {each.id: 1 for each in asked}

    found = halving(price)([Order(str(n), "s", 1) for n in range(32)])
    assert {*found} == {str(n) for n in range(32)} - {"3", "4", "31"}
    assert len(calls) <= 1 + 3 * 2 * 5
    assert halving(price)([]) == {}


def test_a_record_that_comes_again_is_kept_once(tmp_path: Path):
    sink = Sink(tmp_path / "s.db")
    for price in (1, 2):
        sink.keep([Priced("a", "s", 1, price)], [Rejected("0+1", "bad", "{")])
    sink.close()
    assert rows(tmp_path / "s.db", "select id, cents from priced") == [("a", 2)]
    assert rows(tmp_path / "s.db", "select * from quarantine") == [("0+1", "bad", "{")]


def test_calls_are_measured_where_they_end_well_or_not(tmp_path: Path):
    sink, now = Sink(tmp_path / "s.db"), iter([0.0, 0.010, 1.0, 1.030, 2.0, 2.020])

    def call(records: Any) -> str:
        if not records:
            raise Busy
        return "came"

    timed = measured(call, "price", sink, lambda: next(now))
    assert timed([1]) == timed([1, 2]) == "came"
    with pytest.raises(Busy):
        timed([])
    found = stages(tmp_path / "s.db")["price"]
    assert (found.calls, found.failed) == (3, 1)
    assert (found.p50, found.p99) == (pytest.approx(20), pytest.approx(30))


@pytest.mark.parametrize(
    ("share", "found"), [(0.5, 50), (0.95, 95), (0.99, 99), (0.0, 1), (1.0, 100), (0.001, 1)]
)
def test_a_percentile_is_a_value_that_was_measured(share: float, found: int):
    assert percentile(range(1, 101), share) == found


def test_a_chunk_that_is_nearly_all_bad_stops_the_night_and_can_be_resumed(orders: Path, tmp_path: Path):
    write(
        orders, [*(order(n) for n in range(8)), *("{" for _ in range(8)), *(order(n) for n in range(8, 16))]
    )
    sink, saver = Sink(tmp_path / "s.db"), InMemorySaver()
    work = worker(lambda asked: {each.id: 1 for each in asked}, sink)
    with pytest.raises(TooManyBad, match="8 lines"):
        run_night(build_night(work, 2, 4, most_bad=0.5), saver, "n", str(orders))
    ended = run_night(build_night(work, 2, 4), saver, "n", str(orders))
    assert ended
    assert (ended["ok"], ended["bad"]) == (16, 8)
    assert ended["bad_places"] == []


def test_an_unknown_error_stops_the_night_and_quarantines_nothing(orders: Path, tmp_path: Path):
    write(orders, (order(n) for n in range(20)))
    sink, saver, broken = Sink(tmp_path / "s.db"), InMemorySaver(), [True]

    def price(asked: Any) -> dict[str, int]:
        if broken and asked[0].id == "o8":
            raise RuntimeError("401")
        return {each.id: 1 for each in asked}

    builder = build_night(worker(price, sink), 2, 4)
    with pytest.raises(RuntimeError, match="401"):
        run_night(builder, saver, "n", str(orders))
    broken.clear()
    ended = run_night(builder, saver, "n", str(orders))
    assert ended
    assert (ended["ok"], ended["bad"]) == (20, 0)
    assert rows(tmp_path / "s.db", "select count(*) from quarantine") == [(0,)]


def test_an_empty_file_is_reported_on(orders: Path):
    write(orders, [])
    told: list[tuple[int, int]] = []
    builder = build_night(lambda part: pytest.fail(), report=lambda ok, bad: told.append((ok, bad)))
    run_night(builder, InMemorySaver(), "n", str(orders))
    run_night(builder, InMemorySaver(), "n", str(orders))
    assert told == [(0, 0), (0, 0)]


def start(orders: Path, url: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "course.data_pipeline.night", str(orders), url]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(words, cwd=orders.parent, stdout=subprocess.PIPE, text=True, env=environment)


@pytest.mark.slow
@pytest.mark.alone
def test_a_night_with_kills_a_sigterm_and_poison_keeps_each_record_once(orders: Path):
    """300 orders, three kills, one SIGTERM: repeats stay below a chunk for each kill, and the report is right."""
    count, parts, size = 600, 4, 25
    poison, malformed = {f"o{n}" for n in range(7, count, 61)}, range(11, count, 97)
    write(orders, ("{" if n in malformed else order(n) for n in range(count)))
    good = [order(n) for n in range(count) if n not in malformed and f"o{n}" not in poison]
    signals = {5: signal.SIGKILL, 21: signal.SIGKILL, 40: signal.SIGTERM, 70: signal.SIGKILL}
    ends: list[int] = []
    printed: list[str] = []
    with PricingService(poison=lambda name: name in poison) as service:
        running: list[subprocess.Popen[str]] = []

        def busy(number: int) -> bool:
            if number in signals:
                os.kill(running[-1].pid, signals[number])
            return number % 9 == 0

        service.busy = busy
        for _ in range(len(signals) + 1):
            running.append(start(orders, service.url))
            printed.append(running[-1].communicate(timeout=120)[0])
            ends.append(running[-1].returncode)
    assert ends == [-signal.SIGKILL, -signal.SIGKILL, 0, -signal.SIGKILL, 0]
    assert "stopped" in printed[2]
    results = orders.parent / "results.db"
    assert rows(results, "select id, cents from priced order by id") == sorted(
        (each["id"], cents(each)) for each in good
    )
    reasons = {"refused": len(poison - {f"o{n}" for n in malformed}), "not JSON": len(malformed)}
    assert report(results).quarantined == reasons
    assert f"{len(good)} orders priced" in printed[-1]
    assert sum(service.priced.values()) - len(good) <= 3 * parts * size
    db = sqlite3.connect(orders.parent / "checkpoints.db")
    assert db.execute("select max(length(checkpoint)) from checkpoints").fetchone()[0] < 5000


def test_a_finished_night_asks_nobody(orders: Path, tmp_path: Path):
    write(orders, (order(n) for n in range(30)))
    with PricingService() as service:
        first = night(str(orders), service.url, str(tmp_path))
        asked = service.statuses.total()
        assert night(str(orders), service.url, str(tmp_path)) == first
    assert service.statuses.total() == asked
    assert first
    assert first.error_rate == 0
