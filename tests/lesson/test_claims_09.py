"""What lesson 09 shows, by its own outputs: each assertion is one claim of its prose.

What varies from run to run isn't compared when the lesson is run again, so its claims are bounds.
What it says without a cell is run at the end.
"""

from __future__ import annotations

import operator
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import START, StateGraph
from langgraph.types import Send

from course.data_pipeline.graph import build_night
from course.data_pipeline.orders import Part, read, write
from course.data_pipeline.run import run_night
from course.data_pipeline.worker import Done
from course.stage import connect
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


def test_the_profile_tells_the_service_from_the_rest():
    service, whole = (float(each) for each in re.findall(r"([\d.]+) s", shown("def timed(some)")))
    assert 16 * 0.01 <= service < whole  # 16 calls of 25 orders


def test_batches_gain_most():
    """That four at a time gain less, but gain, is for a quiet machine to say."""
    found = {name: numbers for name, numbers in table("rates[name]").items() if name != "orders/s"}
    rates, p50 = ({name: numbers[n] for name, numbers in found.items()} for n in (0, 1))
    assert rates["batched"] > 3 * rates["one_by_one"]
    assert p50["batched"] > p50["one_by_one"]
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


# What the text says, and no cell of the lesson shows.

NIGHT: Any = {"configurable": {"thread_id": "night"}}


class Fanned(TypedDict, total=False):
    count: int
    done: Annotated[list[int], operator.add]


class Noting(InMemorySaver):
    """Notes the thread that saves each result, and when."""

    def __init__(self) -> None:
        super().__init__()
        self.saved: list[tuple[str, float]] = []

    def put_writes(self, config: Any, writes: Any, task_id: str, task_path: str = "") -> None:
        if any(channel == "done" and value for channel, value in writes):
            self.saved.append((threading.current_thread().name, time.monotonic()))
        super().put_writes(config, writes, task_id, task_path)


def fan_out(work: Any, saver: Any = None) -> Any:
    def sends(state: Fanned) -> list[Send]:
        return [Send("work", number) for number in range(state["count"])]

    builder = StateGraph(Fanned).add_node("work", work)
    return builder.add_conditional_edges(START, sends, ["work"]).compile(checkpointer=saver)


def test_the_pool_has_so_many_workers_and_saves_results_in_them():
    threads, workers = set[str](), min(32, (os.cpu_count() or 1) + 4)
    together = threading.Barrier(workers, timeout=5)

    def work(number: int) -> dict[str, list[int]]:
        threads.add(threading.current_thread().name)
        if number < workers:
            together.wait()  # as many as that run at once …
        return {"done": [number]}

    saver = Noting()
    fan_out(work, saver).invoke({"count": workers + 10, "done": []}, NIGHT)
    assert len(threads) == workers  # … and no more
    assert {name for name, _ in saver.saved} <= threads


def test_with_fewer_branches_than_workers_results_are_saved_while_others_run():
    ended: list[float] = []

    def work(number: int) -> dict[str, list[int]]:
        time.sleep(0.5 if number else 0)
        ended.append(time.monotonic())
        return {"done": [number]}

    saver = Noting()
    fan_out(work, saver).invoke({"count": 3, "done": []}, NIGHT)
    assert saver.saved[0][1] < sorted(ended)[1]


NIGHTLY = """
import asyncio, operator, os, sys
from typing import Annotated, TypedDict
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import START, StateGraph
from langgraph.types import Send

ran = []

class Night(TypedDict):
    priced: Annotated[list, operator.add]

async def price(number):
    await asyncio.sleep(0.02 + number * 0.004)
    ran.append(number)
    if len(ran) == 40:
        os.kill(os.getpid(), 9)
    return {"priced": [number]}

async def main():
    async with AsyncSqliteSaver.from_conn_string(sys.argv[1]) as saver:
        builder = StateGraph(Night).add_node(price)
        builder.add_conditional_edges(START, lambda _: [Send("price", n) for n in range(60)], ["price"])
        config = {"configurable": {"thread_id": "night"}}
        await builder.compile(checkpointer=saver).ainvoke({"priced": []}, config, durability="sync")

asyncio.run(main())
"""


def test_async_nodes_do_not_share_the_pool(tmp_path: Path):
    ran = subprocess.run([sys.executable, "-c", NIGHTLY, str(tmp_path / "a.db")])
    assert ran.returncode == -signal.SIGKILL
    with closing(sqlite3.connect(tmp_path / "a.db")) as db:
        (on_disk,) = db.execute("select count(*) from writes where channel = 'priced'").fetchone()
    assert 0 < on_disk <= 40  # how many depends on the disk


def test_a_smaller_max_concurrency_does_not_help():
    """The results queue behind the nodes all the same."""
    begun: list[float] = []

    def work(number: int) -> dict[str, list[int]]:
        begun.append(time.monotonic())
        time.sleep(0.05)
        return {"done": [number]}

    saver = Noting()
    fan_out(work, saver).invoke({"count": 60, "done": []}, {**NIGHT, "max_concurrency": 4})
    assert saver.saved[0][1] > sorted(begun)[39]  # what the lesson kills at


def test_a_poisoned_part_that_is_skipped_by_hand_drops_its_neighbours():
    def work(number: int) -> dict[str, list[int]]:
        if number == 2:
            raise ValueError
        return {"done": [number]}

    graph = fan_out(work, InMemorySaver())
    for given in ({"count": 3, "done": []}, None):
        with pytest.raises(ValueError):  # every resume meets it again
            graph.invoke(given, NIGHT)
    graph.update_state(NIGHT, {"done": []}, as_node="work")
    assert graph.invoke(None, NIGHT)["done"] == []


def test_with_a_saver_updates_mostly_arrive_when_the_slowest_branch_ends():
    """Some come at once, by a race within LangGraph: 2 of 24, and more on a busy machine."""

    def work(number: int) -> dict[str, list[int]]:
        time.sleep(0.05 + number)
        return {"done": [number]}

    def first_after(saver: Any) -> float:
        graph, begun = fan_out(work, saver), time.monotonic()
        stream = graph.stream({"count": 2, "done": []}, NIGHT, stream_mode="updates")
        first, *_ = [time.monotonic() - begun for _ in stream]
        return first

    with ThreadPoolExecutor(16) as pool:
        saved, unsaved = (
            [*pool.map(first_after, savers)] for savers in ([InMemorySaver() for _ in range(8)], [None] * 8)
        )
    assert max(saved) >= 1 > min(unsaved)


def test_a_state_of_records_grows_with_their_square():
    def size(count: int) -> int:
        class Fat(TypedDict):
            todo: list[int]
            done: Annotated[list[int], operator.add]

        def step(state: Fat) -> Fat:
            return {"todo": state["todo"][10:], "done": state["todo"][:10]}

        graph = StateGraph(Fat).add_node(step).add_edge(START, "step")
        graph.add_conditional_edges(
            "step", lambda state: "step" if state["todo"] else "__end__", ["step", "__end__"]
        )
        db = connect(":memory:")
        config = {**NIGHT, "recursion_limit": 1000}
        graph.compile(SqliteSaver(db)).invoke({"todo": [*range(count)], "done": []}, config)
        return db.execute("select sum(length(checkpoint)) from checkpoints").fetchone()[0]

    assert 3 < size(1600) / size(800) < 5


def test_a_resumed_stream_knows_nothing_of_what_ran_before():
    down = [ConnectionError()]

    def first(state: Fanned) -> Fanned:
        return {"done": [1]}

    def second(state: Fanned) -> Fanned:
        if down:
            raise down.pop()
        return {"done": [2]}

    builder = StateGraph(Fanned).add_sequence([first, second]).add_edge(START, "first")
    graph = builder.compile(InMemorySaver())
    with pytest.raises(ConnectionError):
        graph.invoke({"done": []}, NIGHT)
    assert [*graph.stream(None, NIGHT, stream_mode="updates")] == [{"second": {"done": [2]}}]


def test_two_workers_on_one_night_both_price_all_of_it(tmp_path: Path):
    write(tmp_path / "orders.jsonl", ({"id": f"o{n}", "sku": "lamp", "quantity": 1} for n in range(40)))
    worked: list[int] = []
    both = threading.Barrier(2, timeout=10)

    def work(part: Part) -> Done:
        worked.append(len(read(part)))
        both.wait()
        return {"ok": len(read(part)), "bad": 0, "bad_places": []}

    def night() -> None:
        saver = SqliteSaver(connect(tmp_path / "night.db"))
        run_night(build_night(work, 1, 10), saver, "night", str(tmp_path / "orders.jsonl"))

    # Two that turn a new file to WAL at once may find it locked, so it's one already.
    SqliteSaver(connect(tmp_path / "night.db")).setup()
    with ThreadPoolExecutor(2) as pool:
        [each.result() for each in [pool.submit(night), pool.submit(night)]]
    assert sum(worked) == 2 * 40
