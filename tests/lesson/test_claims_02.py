"""What lesson 02 shows, by its own outputs: each assertion is one claim of its prose."""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from functools import partial
from typing import Any, TypedDict
from unittest.mock import Mock, patch

import httpx
import pytest
import requests
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.config import get_stream_writer
from langgraph.errors import NodeError, NodeTimeoutError
from langgraph.graph import START, StateGraph
from langgraph.runtime import Runtime, get_runtime
from langgraph.types import RetryPolicy, TimeoutPolicy, default_retry_on

from course.stage import Provider
from tests.lesson import executed

MODULE = "02_robust"
shown = partial(executed.shown, MODULE)
THREAD: Any = {"configurable": {"thread_id": "a"}}

pytestmark = pytest.mark.slow


class Logged(TypedDict):
    log: list[str]


def test_three_charges_and_no_exception():
    text = shown("charges that the provider made")
    assert "'charged 40 euros']" in text
    assert text.count("charged 40 euros") == 1
    assert "made: 3" in text


def test_a_failed_step_keeps_what_its_other_nodes_returned():
    text = shown("{task.name}: result")
    assert "['label', 'order 4711', 'stock']" in text
    assert "next:   ('courier',)" in text
    assert """error "ConnectionError('courier answered 503')\"""" in text


def test_none_runs_only_what_failed_and_new_input_runs_all():
    assert "{'courier': 3, 'label': 1, 'send': 1, 'stock': 1}" in shown("for _ in range(2):\n    try:")
    again = shown('thread("4712")')
    assert again.count("'order 4712'") == 2
    assert "{'courier': 2, 'label': 2, 'send': 1, 'stock': 2}" in again


def test_async_neighbours_are_cancelled():
    assert "'slow': 'CancelledError()'" in shown("await both.ainvoke")


def test_an_error_caught_inside_is_not_retried_and_lies():
    lines = shown("for status in (404, 503)").splitlines()
    assert "2 calls, problem: None" in lines[2]
    assert "1 calls, problem: no such address" in lines[3]


def test_what_the_default_policy_retries():
    rows = {line[:12].strip(): line[12:].split() for line in shown("not JSON").splitlines()[1:]}
    calls = {said: (int(row[0]), int(row[3])) for said, row in rows.items()}
    assert calls == {
        "404": (3, 1),
        "429": (3, 1),
        "503": (3, 3),
        "reset": (1, 3),
        "hang": (1, 3),
        "not JSON": (1, 1),
    }


def test_why_it_does():
    text = shown("bool(a 404)")
    assert "requests: bool(a 404) is False" in text
    assert "<class 'requests.exceptions.Timeout'> is an OSError: True" in text
    assert "built-in errors that are retried: ['ConnectionError']" in text


def test_attempts_and_jitter():
    text = shown("max_attempts=5")
    assert "max_attempts=5: [0.5, 1.0, 2.0, 4.0]" in text
    assert "max_attempts=1: []" in text
    assert "0.1 to 1.1 s" in text


def test_a_retry_adds_no_event_of_the_thread_and_repeats_what_was_said():
    events, said, events_of_three, said_thrice = shown("shops.streamed").splitlines()
    assert events == events_of_three
    assert [line.count("Your refund is on its way.") for line in (said, said_thrice)] == [1, 3]


def test_custom_and_event_streams_repeat_with_each_attempt():
    def node(state: Logged) -> Logged:
        get_stream_writer()("charging")
        runtime = get_runtime()
        assert runtime.execution_info
        if runtime.execution_info.node_attempt < 3:
            raise ConnectionError
        return {"log": ["done"]}

    quick = RetryPolicy(initial_interval=0.001, jitter=False)
    graph = StateGraph(Logged).add_node("n", node, retry_policy=quick).add_edge(START, "n").compile()
    assert list(graph.stream({"log": []}, stream_mode="custom")) == ["charging"] * 3

    async def events_of_n() -> list[str]:
        return [e["event"] async for e in graph.astream_events({"log": []}, version="v2") if e["name"] == "n"]

    assert asyncio.run(events_of_n()).count("on_chain_start") == 3


def test_a_retry_repeats_all_and_a_resume_what_is_missing():
    lines = shown("shops.until_done").splitlines()
    assert [line.count("reserve") for line in lines] == [3, 1, 3, 1]
    assert [line.count("capture") for line in lines] == [3, 3, 3, 3]
    assert "calls: 27" in shown("def stubborn")


def test_sync_nodes_refuse_a_timeout_and_a_late_result_is_saved():
    with pytest.raises(ValueError, match="only supported for async nodes"):
        StateGraph(Logged).add_node("n", lambda _: None, timeout=0.1).add_edge(START, "n").compile()
    text = shown("step_timeout = 0.1")
    assert "['node begins', 'node ends', 'TimeoutError']" in text
    assert text.count("'quoted 690'") == 2
    assert "asked: 1" in text


def test_only_what_awaits_is_cut():
    text = shown("async def patient")
    assert "patient -> NodeTimeoutError retried: True" in text
    assert "blocking -> not stopped" in text
    assert "handing_over -> NodeTimeoutError" in text
    assert not RetryPolicy().retry_on(TimeoutError())
    assert "took longer than that: True" in shown('drip"])\nstarted')


def test_a_call_in_a_thread_goes_on_after_its_node_was_cut():
    cut, finished = threading.Event(), threading.Event()

    def call() -> None:
        cut.wait(30)
        finished.set()

    async def node(state: Logged) -> Logged:
        await asyncio.to_thread(call)
        return {"log": ["late"]}

    graph = StateGraph(Logged).add_node(node, timeout=0.1).add_edge(START, "node").compile()

    async def cut_and_go_on() -> None:
        with pytest.raises(NodeTimeoutError):
            await graph.ainvoke({"log": []})
        assert not finished.is_set()
        cut.set()

    asyncio.run(cut_and_go_on())
    assert finished.wait(30)


@pytest.mark.parametrize("policy", [TimeoutPolicy(run_timeout=0.2), TimeoutPolicy(idle_timeout=0.2)])
def test_progress_puts_off_the_idle_timeout_only(policy: TimeoutPolicy):
    async def node(state: Logged, runtime: Runtime) -> Logged:
        for _ in range(10):
            await asyncio.sleep(0.05)
            runtime.heartbeat()
        return {"log": ["done"]}

    graph = StateGraph(Logged).add_node(node, timeout=policy).add_edge(START, "node").compile()
    if policy.idle_timeout:
        assert asyncio.run(graph.ainvoke({"log": []}))["log"] == ["done"]
    else:
        with pytest.raises(NodeTimeoutError):
            asyncio.run(graph.ainvoke({"log": []}))


def test_a_handler_that_returns_a_dict_ends_its_branch():
    assert "asked:  {'courier': 3} | tasks left: 0" in shown("booked(by_post)")
    text = shown("booked(by_post_and_on)")
    assert "'send']" in text
    assert 'errors in the history: ["ConnectionError(' in text


def test_a_handler_that_raises_leaves_a_thread_that_looks_finished():
    lines = shown("for handler in (None, raises_it_again)").splitlines()
    assert [line.split(":")[0] for line in lines] == ["raised", "asked"] * 2
    assert [line.split("|")[1].strip() for line in lines[1::2]] == ["tasks left: 1", "tasks left: 0"]


def test_breakers_in_the_wrong_places():
    assert "calls: 10" in shown('("mara", "ben", "ida"')
    workers = shown("course.stage.breakers")
    assert workers.count("failed failed refused refused") == 3
    assert "calls: 6" in workers


def test_half_committed_looks_done_by_next():
    text = shown("so the supervisor reports")
    assert "exit status: -9" in text
    assert "next:  () so the supervisor reports the job as done" in text
    assert "('pack', {'log': ['pack']})" in text


def test_what_a_restart_finds_and_what_none_does_to_it():
    lost, broken, half, whole = shown("found.created_at").splitlines()
    assert "nothing saved" in lost
    assert "next ('pack',)" in broken
    assert half.endswith("next () | tasks ['pack']")
    assert whole.endswith("next () | tasks []")
    lost, broken, half, whole = (line.strip() for line in shown("except EmptyInputError").splitlines())
    assert "EmptyInputError" in lost
    assert broken.endswith("pick pack pack send")
    assert half.endswith("has run: pick pack send")
    assert whole.endswith("has run: pick pack send")
    assert "next () | tasks ()" in shown('killed("whole", at="4")')


def test_only_a_key_older_than_the_run_names_an_effect():
    assert shown("retried {retried}").splitlines() == [
        "none: retried 3, killed 2",
        "uuid: retried 3, killed 2",
        "task: retried 1, killed 1",
        "call: retried 1, killed 1",
    ]
    assert shown("replayed {replayed}").splitlines() == [
        "task: replayed 2, clicked 3",
        "call: replayed 1, clicked 2",
    ]


def test_the_lesson_does_not_hold_an_answer():
    code = executed.code(MODULE)
    assert "begin immediate" not in code.lower(), "the breaker's transaction is the learner's to build"
    assert "uuid5" not in code
    assert "retry_on=" not in code, "which errors are worth a retry is the learner's to say"


def test_a_sync_neighbour_that_is_slower_finishes_and_is_saved():
    failing = threading.Event()

    def slow(state: Logged) -> Logged:
        assert failing.wait(30)
        time.sleep(0.2)
        return {"log": ["slow"]}

    def bad(state: Logged) -> Logged:
        failing.set()
        raise ConnectionError

    builder = StateGraph(Logged).add_node(slow).add_node(bad).add_edge(START, "slow").add_edge(START, "bad")
    graph = builder.compile(checkpointer=InMemorySaver())
    with pytest.raises(ConnectionError):
        graph.invoke({"log": []}, THREAD)
    assert graph.get_state(THREAD).values["log"] == ["slow"]


def test_which_errors_the_default_policy_knows():
    source = inspect.getsource(default_retry_on)
    assert all(f"import {client}\n" in source for client in ("httpx", "requests"))
    assert issubclass(requests.RequestException, OSError)
    assert not issubclass(requests.ConnectionError, ConnectionError)
    assert not issubclass(httpx.HTTPError, OSError)
    assert not default_retry_on(OSError())
    assert default_retry_on(type("Unknown", (Exception,), {})())


def test_httpx_waits_five_seconds_by_default_and_requests_for_ever():
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200)

    httpx.Client(transport=httpx.MockTransport(answer)).post("http://shop.test")
    assert set(asked[0].extensions["timeout"].values()) == {5.0}
    assert inspect.signature(httpx.post).parameters["timeout"].default == httpx.Timeout(5.0)
    sent = Mock(side_effect=requests.ConnectionError)
    with patch("requests.adapters.HTTPAdapter.send", sent), pytest.raises(requests.ConnectionError):
        requests.post("http://shop.test")
    assert sent.call_args.kwargs["timeout"] is None


def test_the_timeout_of_httpx_is_for_each_read_too(provider: Provider):
    provider.plan(quote=["drip"])
    started = time.monotonic()
    assert httpx.post(f"{provider.url}/quote", timeout=0.8).text == "ten bytes."
    assert time.monotonic() - started > 0.8


def test_defaults_of_the_outer_graph_retry_what_the_inner_one_has_retried():
    calls: list[str] = []

    def pay(state: Logged) -> Logged:
        calls.append("pay")
        raise ConnectionError

    quick = RetryPolicy(initial_interval=0.001, jitter=False)
    inner = StateGraph(Logged).add_node(pay, retry_policy=quick).add_edge(START, "pay").compile()
    outer = StateGraph(Logged).set_node_defaults(retry_policy=quick).add_node("order", inner)
    with pytest.raises(ConnectionError):
        outer.add_edge(START, "order").compile().invoke({"log": []})
    assert len(calls) == 9


def test_after_a_handler_that_raised_none_runs_nothing():
    calls: list[str] = []

    def pay(state: Logged) -> Logged:
        calls.append("pay")
        raise ConnectionError

    def raises_it_again(state: Logged, error: NodeError) -> Logged:
        raise error.error

    graph = StateGraph(Logged).add_node("pay", pay, error_handler=raises_it_again).add_edge(START, "pay")
    shop = graph.compile(checkpointer=InMemorySaver())
    with pytest.raises(ConnectionError):
        shop.invoke({"log": []}, THREAD)
    assert shop.invoke(None, THREAD) == {"log": []}
    assert calls == ["pay"]
