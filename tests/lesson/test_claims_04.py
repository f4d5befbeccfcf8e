"""What lesson 04 claims, asserted from what it shows."""

from __future__ import annotations

import subprocess
import sys
from functools import partial

import pytest

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
