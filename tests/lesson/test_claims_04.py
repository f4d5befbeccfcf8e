"""What lesson 04 claims, asserted from what it shows."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, TypedDict

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.runnables import RunnableConfig
from langgraph.cache.base import BaseCache
from langgraph.cache.memory import InMemoryCache
from langgraph.cache.sqlite import SqliteCache
from langgraph.errors import GraphDrained, GraphInterrupt
from langgraph.func import entrypoint, task
from langgraph.graph import START, StateGraph
from langgraph.runtime import RunControl, Runtime
from langgraph.types import CachePolicy, RetryPolicy
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import StatusCode

from course.stage import branches
from tests.lesson import executed
from tests.support import patience

MODULE = "04_production"
shown = partial(executed.shown, MODULE)

pytestmark = pytest.mark.slow


def test_cache_keys():
    first = shown('requests_from(cached, "Ada", "Ada")')
    assert first == "uncached: 2 calls, Ada sees Ada's address\ncached:   1 calls, Ada sees Ada's address\n"
    assert shown('requests_from(cached, "Eve")') == "0 calls, Eve sees Ada's address\n"
    rows = shown("for name, policy, cache in tries").splitlines()
    assert [row.split("  ")[-1].strip() for row in rows] == [
        "3 calls, Eve sees Eve's address",
        "3 calls, Eve sees Eve's address",
        "2 calls, Eve sees Eve's address",
    ]


def test_the_limit_counts_at_the_top_only():
    rows = shown('"in configurable, five met:"').splitlines()
    assert [row.split()[-1] for row in rows] == ["True", "False", "True"]


def test_async_nodes_have_no_limit():
    assert shown("asyncio.Barrier(200)") == "at once: 200\n"


def test_a_fan_out_larger_than_the_pool_saves_nothing_at_first():
    assert shown('"branches.db"') == "saved when the 40th began: 0\n"


TASKS = """
import sys
from langgraph.func import entrypoint, task

@task
def double(number):
    return 2 * number

@entrypoint()
def work(numbers):
    return [future.result() for future in [double(n) for n in numbers]]

print("began", flush=True)
print("ended:", work.invoke([1, 2, 3, 4], {"max_concurrency": int(sys.argv[1])}))
"""


def ended_with(limit: int, seconds: float) -> str:
    process = subprocess.Popen([sys.executable, "-c", TASKS, str(limit)], stdout=subprocess.PIPE, text=True)
    process.stdout.readline()  # began: the imports are done
    try:
        return process.communicate(timeout=seconds)[0].strip()
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return "nothing"


def test_a_limit_of_two_hangs_tasks():
    assert ended_with(3, patience.seconds()) == "ended: [2, 4, 6, 8]"
    assert ended_with(2, 3) == ended_with(1, 3) == "nothing"


def test_sigterm_kills_unless_drained():
    heedless, heedful = shown('for how in ("heedless"').splitlines()
    assert heedless == "heedless ['begin send'] exit -15"
    assert heedful.endswith("'end send', 'drained: SIGTERM'] exit 0")


def test_retries_are_not_in_the_stream():
    text = shown('stream_mode=["tasks", "updates"]')
    assert text.count("updates  tools") == 1
    assert text.count("tasks    tools") == 2
    assert text.count("error: ") == text.count("error: None") == 3
    assert shown("print(*logged").count("Retrying task tools") == 2


def test_a_retry_repeats_the_tool_that_had_worked():
    assert "attempts: {7: [1, 2, 3], 8: [1, 2, 3]}" in shown('stream_mode=["tasks", "updates"]')


def test_percentiles_of_a_histogram():
    assert "[0.08, 2.92, 4.58]" in shown("for slow in (3, 20)")
    assert "[0.08, 10.0, 10.0]" in shown("for slow in (3, 20)")
    assert shown("quantile(0.5, busy, fresh)").split()[-1] == "0.08"


def test_langsmith_is_off():
    assert shown("tracing_is_enabled()") == "LangSmith: off\n"


def test_the_desk_drains_crashes_and_pays_once():
    assert "next: judge | paid: False" in shown('desk_is_asking("deploy")')
    assert "next: pay | paid: True" in shown('desk_is_asking("crash")')
    assert "asked: 2 | paid: 1" in shown('desk_is_asking("crash")')
    assert "exit status: 0 1 | paid: 90000" in shown("clicks = [")


def test_the_books():
    assert [line.split()[1:] for line in shown("in_metrics[n]").splitlines()[1:]] == [
        ["11", "11", "11"],
        ["-", "7", "6"],
        ["7", "6", "6"],
    ]
    assert shown("span_attributes()") == "spans: 40 | the same as the log: True\n"


def test_the_lesson_gives_no_answer_of_an_exercise_away():
    code = executed.code(MODULE)
    assert "BaseCallbackHandler" not in code
    assert "GraphBubbleUp" not in code


class Page(TypedDict, total=False):
    number: int
    outcome: str


def cached(look: Any, cache: BaseCache[Any], ttl: int | None = None) -> Any:
    builder = StateGraph(Page).add_node("look", look, cache_policy=CachePolicy(ttl=ttl))
    return builder.add_edge(START, "look").compile(cache=cache)


def test_what_a_node_raises_is_not_kept_and_what_it_returns_is():
    answers: list[Any] = [ConnectionError(), "backend down", "never asked for"]

    def look(page: Page) -> Page:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return {"outcome": answer}

    graph = cached(look, InMemoryCache())
    with pytest.raises(ConnectionError):
        graph.invoke({"number": 1})
    assert [graph.invoke({"number": 1})["outcome"] for _ in range(2)] == ["backend down"] * 2
    assert answers == ["never asked for"]


@pytest.mark.parametrize(("ttl", "calls"), [(None, 1), (3600, 1), (1, 2)])
def test_a_file_keeps_answers_for_the_next_process_for_so_many_seconds(
    ttl: int | None, calls: int, tmp_path: Path
):
    looked: list[int] = []

    def look(page: Page) -> Page:
        looked.append(page.get("number", 0))
        return {"outcome": "found"}

    for pause in (1.1, 0):  # another graph and another cache, on the same file
        cached(look, SqliteCache(path=str(tmp_path / "answers.db")), ttl).invoke({"number": 1})
        time.sleep(pause)
    assert len(looked) == calls


def test_sync_nodes_get_four_threads_more_than_cores_by_default():
    threads = min(32, (os.cpu_count() or 1) + 4)
    tries = (branches.met(threads, 2 * threads, {}) for _ in range(5))
    assert any(any(met) for met in tries), "a barrier gives up after a second, also where the machine is busy"
    assert not any(branches.met(threads + 1, 2 * threads + 2, {}))


class Running:
    """Counts how many calls run at a time."""

    def __init__(self) -> None:
        self.now, self.most, self.lock = 0, 0, Lock()

    def for_a_moment(self) -> None:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.2)
        with self.lock:
            self.now -= 1


def test_a_batch_takes_its_limit_from_the_first_config():
    def most(*configs: RunnableConfig) -> int:
        running = Running()
        builder = StateGraph(Page).add_node("look", lambda _: running.for_a_moment())
        graph = builder.add_edge(START, "look").compile()
        graph.batch([{"number": n} for n in range(len(configs))], list(configs))
        return running.most

    assert most({"max_concurrency": 1}, {}, {}, {}) == 1
    assert most({}, {"max_concurrency": 1}, {}, {}) > 1


def test_with_sync_tasks_a_limit_gives_one_less():
    running = Running()

    @task
    def call(_: int) -> None:
        running.for_a_moment()

    @entrypoint()
    def work(count: int) -> None:
        for called in [call(n) for n in range(count)]:
            called.result()

    work.invoke(9, {"max_concurrency": 4})
    assert running.most == 3


def test_a_control_stays_drained():
    ran: list[str] = []
    builder = StateGraph(Page).add_node("look", lambda _: ran.append("look")).add_edge(START, "look")
    graph, control = builder.compile(), RunControl()
    control.request_drain("SIGTERM")
    for _ in range(2):
        with pytest.raises(GraphDrained):
            graph.invoke({"number": 1}, control=control)
    assert ran == []


def test_each_attempt_is_a_chain_of_its_own_in_callbacks():
    class Begun(BaseCallbackHandler):
        def __init__(self) -> None:
            self.names: list[str] = []

        def on_chain_start(self, serialized: Any, inputs: Any, *, name: str = "", **more: Any) -> None:
            self.names.append(name)

    def look(page: Page, runtime: Runtime) -> Page:
        assert runtime.execution_info
        if runtime.execution_info.node_attempt < 3:
            raise ConnectionError
        return {"outcome": "found"}

    quick, begun = RetryPolicy(initial_interval=0.001, jitter=False), Begun()
    graph = StateGraph(Page).add_node("look", look, retry_policy=quick).add_edge(START, "look").compile()
    graph.invoke({"number": 1}, {"callbacks": [begun]})
    assert begun.names.count("look") == 3


@pytest.mark.parametrize("options", [{}, {"set_status_on_exception": False}])
def test_a_span_takes_an_interrupt_for_a_failure_unless_told_not_to(options: dict[str, bool]):
    tracer = TracerProvider().get_tracer("test")
    with suppress(GraphInterrupt), tracer.start_as_current_span("review", **options) as span:
        raise GraphInterrupt
    assert (span.status.status_code is StatusCode.ERROR) == (not options)
