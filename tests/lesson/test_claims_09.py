"""What lesson 09 shows, by its own outputs: each assertion is one claim of its prose.

What varies from run to run isn't compared when the lesson is run again, so its claims are bounds.
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest

from tests.lesson import executed

MODULE = "09_data_pipeline"
PACKAGE = Path(__file__).parents[2] / "course" / "data_pipeline"
shown = partial(executed.shown, MODULE)

pytestmark = pytest.mark.slow


def table(part: str) -> dict[str, list[float]]:
    """The rows of a printed table: the first word, then the numbers."""
    rows = [line.split(maxsplit=1) for line in shown(part).splitlines() if line.strip()]
    return {name: [float(number) for number in re.findall(r"[\d.]+", rest)] for name, rest in rows}


def test_a_fan_out_wider_than_its_pool_saves_nothing():
    assert "priced, on disk, priced again: (40, 0, 40)" in shown('go(40, "fan_out")')


def test_a_loop_of_chunks_loses_a_chunk_with_sync_and_everything_with_exit():
    found = {name: again for name, (_, again) in table("for durability in").items()}
    assert found["sync"] <= 10
    assert found["exit"] == 40
    assert found["async"] <= 40


def test_records_in_the_state_are_saved_again_and_again():
    (fat_count, fat), (slim_count, slim) = (
        table('for name in ("fat", "slim")')[name] for name in ("fat", "slim")
    )
    assert 0.8 < fat_count / slim_count < 1.2
    assert fat > 2 > 0.1 > slim


def test_halving_takes_two_calls_a_level():
    assert "one of these orders can't be priced" in shown("print(tried(price, batch))")
    text = shown("halving(patiently(price))(batch)")
    assert "left out: ['o7']" in text
    asked = re.search(r"23 priced in (\d+) calls", text)
    assert asked
    assert 11 <= int(asked[1]) <= 14


def test_a_night_is_killed_three_times_and_stopped_once():
    text = shown("words = [sys.executable")
    assert "exit codes: [-9, -9, 0, -9, 0]" in text
    assert "at SIGTERM: stopped; start it again" in text


def test_every_order_is_in_one_of_two_tables_once():
    text = shown('found = report("results.db")')
    assert "1960 priced, {'refused': 40}" in text
    assert "for each kill: True" in text
    assert "missing: none" in text


def test_calls_are_noted_but_for_those_under_way():
    assert "four for each kill: True" in shown("made, noted =")


def test_the_profile_says_that_the_service_takes_most():
    spent = [float(each) for each in re.findall(r"([\d.]+) s", shown("def timed(some)"))]
    assert spent[0] <= spent[1]


def test_batches_gain_most_and_four_at_a_time_gain_more():
    rates = {name: numbers[0] for name, numbers in table("tracemalloc.start()").items() if name != "orders/s"}
    assert rates["batched"] > 3 * rates["one_by_one"]
    assert {*rates} == {"one_by_one", "batched", "sends", "threads", "with_asyncio"}
    assert "<svg" in shown("def tenths(way)")


def test_a_new_postgres_connection_costs_more_than_a_kept_one():
    fresh, kept = (
        float(each) for each in re.findall(r"([\d.]+) ms", shown("def each_took").splitlines()[-1])
    )
    assert fresh > kept


def test_a_cache_asks_once():
    assert "1 call instead of 16" in shown("def cached(some)")


def test_two_workers_share_what_a_third_left():
    text = shown("priced, and twice")
    assert "priced, and twice: (300, 10)" in text
    assert "a did 10 before it died" in text


def test_the_files_that_people_take_to_work_are_short():
    long = {path.name: n for path in PACKAGE.glob("*.py") if (n := len(path.read_text().splitlines())) > 80}
    assert not long
