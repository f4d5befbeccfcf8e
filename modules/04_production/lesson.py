# %% [markdown]
# # The production pattern
#
# A support desk looks up addresses. Every lookup calls the order service, and the same orders come up again
# and again, so somebody gave the node a cache. Its key is the order's number.

# %%
import os
import tempfile

os.chdir(tempfile.mkdtemp())

# %%
from typing import TypedDict

from langgraph.cache.memory import InMemoryCache
from langgraph.graph import START, StateGraph
from langgraph.types import CachePolicy


class Lookup(TypedDict, total=False):
    customer: str
    order: int
    request_id: int
    address: str


calls = []


def look_up(state: Lookup) -> Lookup:
    calls.append(state["order"])
    return {"address": f"{state['customer']}'s address"}


# %%
def lookups(policy, cache):
    builder = StateGraph(Lookup).add_node(look_up, cache_policy=policy)
    return builder.add_edge(START, "look_up").compile(cache=cache)


def key_of(*names):
    return CachePolicy(key_func=lambda state: repr([state[n] for n in names]))


def requests_from(graph, *customers):
    calls.clear()
    for number, customer in enumerate(customers):
        request = {"customer": customer, "order": 7, "request_id": number}
        state = graph.invoke(request)
    print(f"{len(calls)} calls, {customer} sees {state['address']}")


# %% [markdown]
# The test asks twice, without the cache and then with it.

# %%
cached = lookups(key_of("order"), InMemoryCache())
requests_from(lookups(None, None), "Ada", "Ada")
requests_from(cached, "Ada", "Ada")

# %% [markdown]
# The cache saves a call, and the answer is right. The test passes, and the change goes live.
#
# > **Predict.** Eve mistypes a number and asks about order 7. What does she see, and does anything raise?

# %%
requests_from(cached, "Eve")

# %% [markdown]
# She sees where Ada lives. Nothing raised, and every dashboard shows the best day of the year. This lesson
# is about failures of that kind: limits that limit nothing, a deploy that cuts a node in half, retries that
# nobody sees. At the end you'll have a refund desk in six short files to take to work.

# %% [markdown]
# ## A policy caches nothing, and the default key is the whole input
#
# That key named too little. Two other mistakes only cost money. Here Ada asks twice and Eve once.

# %%
requests_from(lookups(CachePolicy(), None), "Ada", "Ada", "Eve")
requests_from(lookups(CachePolicy(), InMemoryCache()), "Ada", "Ada", "Eve")
by_user = key_of("customer", "order")
requests_from(lookups(by_user, InMemoryCache()), "Ada", "Ada", "Eve")

# %% [markdown]
# The policy says *what* may be kept. `compile(cache=…)` says *where*, and without it LangGraph ignores the
# policy. The default key is a digest of the node's whole input, and a request id makes every input new.
#
# `SqliteCache(path=…)` outlives the process, so the old answers outlive your deploy too. LangGraph never
# keeps what a node *raises*. It does keep what the node *returns*, even `{"outcome": "backend down"}`.
#
# **Decide.** Cache a node that's slow or expensive, and never one with an effect. Put everything that
# decides the answer into the key, the user first, and nothing else. Set a `ttl` in seconds if answers go
# stale, and let a cached node raise.

# %% [markdown]
# ## The limit stands at the top of the config, or nowhere
#
# Fifteen lookups start at once, each in its own branch. The order service can take two at a time. The node
# waits at a barrier for *five*, which opens if five ever run together.

# %%
import operator
from threading import Barrier, BrokenBarrierError
from typing import Annotated

from langgraph.types import Send


class Batch(TypedDict):
    size: int
    met: Annotated[list[bool], operator.add]


def meet(barrier: Barrier) -> dict:
    try:
        barrier.wait()
        return {"met": [True]}
    except BrokenBarrierError:  # not as many came together
        return {"met": [False]}


# %%
def branching(node, saver=None):
    builder = StateGraph(Batch).add_node("call", node)
    builder.add_conditional_edges(START, lambda s: [Send("call", n) for n in range(s["size"])], ["call"])
    return builder.compile(checkpointer=saver)


def fan_out(of: int, size: int, config: dict) -> list[bool]:
    barrier = Barrier(of, timeout=1)
    return branching(lambda _: meet(barrier)).invoke({"size": size, "met": []}, config)["met"]


# %%
print("in configurable:", any(fan_out(5, 15, {"configurable": {"max_concurrency": 2}})))
print("at the top:     ", any(fan_out(5, 15, {"max_concurrency": 2})))
print("two do meet:    ", all(fan_out(2, 14, {"max_concurrency": 2})))

# %% [markdown]
# Inside `configurable` it's a value like any other, and nobody reads it. At the top, it's the limit.
# Without one, sync nodes get `min(32, cores + 4)` threads: eight on a laptop, 32 on the server. Async nodes
# get no limit at all. This barrier opens only if two hundred calls run together:

# %%
import asyncio

together = asyncio.Barrier(200)


async def meet_all(_):
    await asyncio.wait_for(together.wait(), 20)
    return {"met": [True]}


print("at once:", len((await branching(meet_all).ainvoke({"size": 200, "met": []}))["met"]))

# %% [markdown]
# The thread pool has one more surprise.
#
# > **Predict.** Sixty branches start, and each counts the results in the file. When the 40th starts, some
# > thirty have returned. How many results are saved?

# %%
import sqlite3
import time

from langgraph.checkpoint.sqlite import SqliteSaver

file = [sqlite3.connect("branches.db", check_same_thread=False) for _ in ("to write", "to read")]
found = []


def look(_):
    found.append(file[1].execute("select count(*) from writes where channel = 'met'").fetchone()[0])
    time.sleep(0.1)
    return {"met": [True]}


config = {"configurable": {"thread_id": "branches"}}
branching(look, SqliteSaver(file[0])).invoke({"size": 60}, config, durability="sync")
print("saved when the 40th began:", found[39])

# %% [markdown]
# Nodes and saver share the pool, so results queue behind the nodes that still wait. A kill here repeats
# everything, even with `sync`.
#
# The limit also counts *threads*, and a sync `@entrypoint` that waits for its `@task`s takes one. With sync
# tasks, a limit of 3 or more gives one less, and with 1 or 2 the run hangs, waiting for a thread that's
# never free. Graph nodes and `Send` don't have this problem. To run many threads, rather than many branches
# of one, call `graph.batch(inputs, configs)`. It takes its limit from the first config, so put it into all
# of them.
#
# **Decide.** Set `max_concurrency` in every config, at the top. Use `Send` if a limit may be small, and
# tasks only from 3 up. If the work costs money, loop over batches as large as the limit, one super-step
# each, with `durability="sync"`.

# %% [markdown]
# ## SIGTERM ends a process in the middle of a node
#
# Every deploy, scale-down and `docker stop` begins with SIGTERM and a grace period. LangGraph doesn't
# install a handler for you. It has a `RunControl`: ask it to drain, and the run, which looks at it between
# super-steps, raises `GraphDrained` with everything saved. This worker runs with a handler or without. Each
# node waits until somebody presses Enter, so that we can choose the moment.

# %%
# %%writefile parcels.py
import os
import signal
import sys

from langgraph.errors import GraphDrained
from langgraph.graph import START, StateGraph
from langgraph.runtime import RunControl

control = RunControl()


def step(name):
    def node(state):
        print("begin", name, flush=True)
        sys.stdin.readline()
        print("end", name, flush=True)

    return name, node


# %%
# %%writefile -a parcels.py


def stop(*_):
    control.request_drain("SIGTERM")
    os.write(1, b"asked to stop\n")


if sys.argv[1] == "heedful":
    signal.signal(signal.SIGTERM, stop)
graph = StateGraph(dict).add_sequence([step("send"), step("bill")]).add_edge(START, "send").compile()
try:
    graph.invoke({}, control=control)
except GraphDrained as drained:
    print("drained:", drained.reason)

# %% [markdown]
# > **Predict.** Each gets SIGTERM while `send` runs. What's the last line of each, and its exit status?

# %%
import signal
import subprocess
import sys


def stopped_in_send(how: str) -> None:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process = subprocess.Popen([sys.executable, "parcels.py", how], **pipes)
    said = [process.stdout.readline()]  # begin send
    process.send_signal(signal.SIGTERM)
    said += [process.stdout.readline()] if how == "heedful" else []
    rest, _ = process.communicate("\n")
    print(how, [line.strip() for line in [*said, *rest.splitlines()]], "exit", process.returncode)


stopped_in_send("heedless")
stopped_in_send("heedful")

# %% [markdown]
# The heedless worker began to send, and nobody knows whether it did. Its status is the signal's number,
# negated. The heedful one finished `send`, didn't begin `bill`, and left with status 0. With a saver, the
# next process continues at `bill`. A control stays drained, so one is enough for all runs of a process.

# %% [markdown]
# **Decide.** Give each worker process one `RunControl` and a handler that only calls `request_drain`. A
# drain waits for the running node, so split a node that takes ten minutes, or make it safe to repeat: the
# grace period is thirty seconds.

# %% [markdown]
# ## Retries leave no trace in `tasks` and `updates`
#
# The backend refuses twice. The node has a retry policy, and we watch the run through the stream.

# %%
import logging

from langgraph.runtime import Runtime
from langgraph.types import RetryPolicy

attempts, logged = [], []


def charge(state, runtime: Runtime):
    attempts.append(runtime.execution_info.node_attempt)
    if len(attempts) < 3:
        raise ConnectionError("busy")
    return {"paid": True}


policy = RetryPolicy(initial_interval=0.01, jitter=False, retry_on=ConnectionError)
graph = StateGraph(dict).add_node(charge, retry_policy=policy).add_edge(START, "charge").compile()
logger = logging.getLogger("langgraph.pregel._retry")
logger.setLevel(logging.INFO)
logger.addFilter(lambda record: logged.append(record.getMessage()))  # None: it goes no further

# %% [markdown]
# > **Predict.** `tasks` reports when each node starts and ends, and `updates` what it wrote. How many of
# > these events show the trouble?

# %%
for mode, event in graph.stream({}, stream_mode=["tasks", "updates"]):
    shown = {name: told for name, told in event.items() if name not in ("id", "input", "triggers")}
    print(f"{mode:<8}", shown)
print("attempts:", attempts)

# %% [markdown]
# None does. There's one start, one end and no error, for three calls to a backend that was down.
# (`messages`, `custom` and `astream_events` do repeat themselves, but none of them says why.) You can see
# attempts in three places. In the node, `node_attempt` counts them from 1. In callbacks, each attempt is a
# chain of its own. And LangGraph logs every retry, at a level that's off unless you set it:

# %%
print(*logged, sep="\n")

# %% [markdown]
# So the desk measures inside the attempt. A wrapper around each node leaves a log line, a count, a duration
# and a span *for each attempt*. `structlog` writes JSON lines, `prometheus_client` holds the metrics, and
# OpenTelemetry the spans.

# %%
from pathlib import Path

Path("desk").mkdir(exist_ok=True)

# %%
# %%writefile desk/watch.py
"""What every attempt of a node leaves behind: a log line, a count, a duration, a span."""

import os
import time
from contextlib import contextmanager
from pathlib import Path

import structlog
from langgraph.errors import GraphInterrupt
from langgraph.runtime import ExecutionInfo, Runtime
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
from prometheus_client import Counter, Histogram

attempts = Counter("desk_attempts", "Attempts of nodes.", ["node", "outcome"])
seconds = Histogram("desk_seconds", "How long an attempt took.", ["node"])
tracer = trace.get_tracer("desk")
log = structlog.get_logger()

# %%
# %%writefile -a desk/watch.py


def set_up() -> None:
    """JSON lines on standard output; spans into the file that DESK_TRACES names, if it names one."""
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    steps = [structlog.processors.add_log_level, stamp, structlog.processors.JSONRenderer()]
    structlog.configure(processors=steps, logger_factory=structlog.WriteLoggerFactory())
    if path := os.environ.get("DESK_TRACES"):
        file = Path(path).open("a")  # noqa: SIM115
        exporter = ConsoleSpanExporter(out=file, formatter=lambda span: span.to_json(None) + "\n")
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        trace.set_tracer_provider(provider)


# %%
# %%writefile -a desk/watch.py


@contextmanager
def seen(node: str, info: ExecutionInfo):
    facts = {"thread": info.thread_id, "node": node, "attempt": info.node_attempt}
    outcome, began = "ok", time.perf_counter()
    with tracer.start_as_current_span(node, set_status_on_exception=False) as span:
        try:
            yield
        except Exception as left:
            outcome = "interrupt" if isinstance(left, GraphInterrupt) else "error"
            facts["raised"] = type(left).__name__
            if outcome == "error":
                span.set_status(trace.StatusCode.ERROR)
            raise
        finally:
            took = time.perf_counter() - began
            attempts.labels(node, outcome).inc()
            seconds.labels(node).observe(took)
            span.set_attributes(facts | {"outcome": outcome})
            log.info("attempt", **facts, outcome=outcome, seconds=round(took, 4))


# %%
# %%writefile -a desk/watch.py


def watched(node):
    """Wrap a node, so that each of its attempts is seen."""

    def attempt(state, runtime: Runtime):
        with seen(node.__name__, runtime.execution_info):
            return node(state)

    attempt.__name__ = node.__name__
    return attempt


# %% [markdown]
# The wrapper writes its line when the attempt ends, whatever ends it, and before the next node begins. By
# default, a span takes every exception for a failure, and an interrupt is an exception. Each refund that
# waits for a person would be red on the dashboard, hence `set_status_on_exception=False`.
#
# **Decide.** Measure inside the node, once per attempt, and count interrupts apart from errors. Use
# LangSmith if inputs and outputs may leave your house: it needs no code, only `LANGSMITH_TRACING=true` and
# a key. It's off unless you say so:

# %%
from langsmith.utils import tracing_is_enabled

print("LangSmith:", "on" if tracing_is_enabled() else "off")

# %% [markdown]
# ## A percentile from a histogram is a guess within a bucket
#
# An average hides the people who wait, so you ask for p50, p95 and p99. A Prometheus histogram doesn't keep
# durations. It counts how many were no longer than each of its edges. From that the server guesses, along a
# straight line within the bucket. `quantile` does the same, for edges at 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5
# and 10 seconds.
#
# Of a thousand calls, 940 take 60 ms and 60 take three seconds. In another hour the slow ones take 20
# seconds.
#
# > **Predict.** The true p50, p95 and p99 are 0.06, 3 and 3 seconds, then 0.06, 20 and 20. What do the
# > histograms say?

# %%
from course.stage import measured, quantile

for slow in (3, 20):
    durations = [0.06] * 940 + [slow] * 60
    told = [round(quantile(q, measured(durations)), 2) for q in (0.5, 0.95, 0.99)]
    print(f"slow ones {slow:>2} s: p50, p95, p99 = {told}, mean = {sum(durations) / 1000:.2f}")

# %% [markdown]
# The guess is somewhere in the right bucket: 2.92 and 4.58, although every slow call took exactly 3. Beyond
# the last edge it's blind, and reports 20 seconds as 10, as it would a minute.
#
# Now take two workers. One handled 990 fast calls, the other 10 slow ones, because it has just started.
# Their p50 is 0.08 and 3.75.

# %%
busy, fresh = measured([0.06] * 990), measured([3] * 10)
print("mean of the two:", round((quantile(0.5, busy) + quantile(0.5, fresh)) / 2, 2))
print("of the sum:     ", round(quantile(0.5, busy, fresh), 2))

# %% [markdown]
# You can't average percentiles, but you can add bucket counts. For the desk, the questions are:
#
# | to know | ask Prometheus |
# |---|---|
# | p95 of a node | `histogram_quantile(0.95, sum by (le, node) (rate(desk_seconds_bucket[5m])))` |
# | throughput | `sum(rate(desk_attempts_total{node="pay", outcome="ok"}[5m]))` |
# | failed attempts a second | `sum(rate(desk_attempts_total{outcome="error"}[5m]))` |
#
# For the error rate, divide the last line by the same without its condition.
#
# **Decide.** Put an edge where each of your promises is: if you promise one second, an edge at 1 makes the
# share below it exact. Add buckets across workers, then take the percentile.

# %% [markdown]
# ## The desk reaches the world through one file
#
# Now the desk. It validates a refund, looks up the price, judges, perhaps asks a reviewer, and pays. On the
# other side are an order service and a bank: `World` from `course.stage` is a real local HTTP server with a
# book of all that it was asked. It runs in this notebook, so none of our kills takes the book away.
#
# The desk calls it through an `httpx.Client`, which is a pool of connections. `busy` says which errors are
# worth another attempt.

# %%
# %%writefile desk/outside.py
"""The order service and the bank."""

import os

import httpx

pool = httpx.Limits(max_connections=8)
client = httpx.Client(base_url=os.environ["DESK_OUTSIDE"], timeout=30, limits=pool)


def price(order: str) -> int:
    answer = client.get(f"/orders/{order}").raise_for_status()
    return answer.json()["cents"]


def pay(key: str, cents: int) -> str:
    """Pay once for each key, however often it is called."""
    headers = {"Idempotency-Key": key}
    answer = client.post("/payments", json={"cents": cents}, headers=headers).raise_for_status()
    return answer.json()["receipt"]


def busy(error: Exception) -> bool:
    """Whether the same call may succeed a little later."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code >= 500
    return isinstance(error, httpx.TransportError)


# %% [markdown]
# **Decide.** Make one client for the process, not one for each call, and give it a timeout: a call without
# one can hang for ever. Retry a 5xx and a broken connection, and nothing else. Send an idempotency key with
# every payment.

# %% [markdown]
# ## Each outcome has a place to go
#
# Each step writes what became of it into the state, as its `outcome`, and routing is a table from outcomes
# to nodes. No code catches an exception to make a decision.
#
# ```mermaid
# flowchart LR
#     accTitle: The graph of the desk
#     accDescr: validate, enrich, judge, review, pay; each but pay may lead to reject, enrich to park.
#     validate -- valid --> enrich --> judge -- small --> pay
#     judge -- large --> review -- approved --> pay
#     validate -- invalid --> reject
#     enrich -. "404" .-> reject
#     enrich -. "retries used up" .-> park
#     judge -- too much --> reject
#     review -- declined --> reject
# ```

# %%
# %%writefile desk/graph.py
"""From a request for a refund to its end: paid, rejected, parked, or waiting for a person."""

from typing import Literal, TypedDict

from langgraph.errors import NodeError
from langgraph.graph import START, StateGraph
from langgraph.types import CachePolicy, Command, RetryPolicy, interrupt

from desk import outside
from desk.watch import watched


class Refund(TypedDict, total=False):
    id: str
    customer: str
    order: str
    cents: int
    price: int
    outcome: str
    reason: str
    receipt: str


# %%
# %%writefile -a desk/graph.py


def validate(state: Refund) -> Refund:
    cents = state.get("cents")
    fits = type(cents) is int and cents > 0 and all(state.get(name) for name in ("customer", "order"))
    if not fits:
        return {"outcome": "invalid", "reason": "the request is not whole"}
    return {"outcome": "valid", "reason": ""}  # a parked request comes again, and brings its old reason


def enrich(state: Refund) -> Refund:
    # Cached by customer and order, so it returns what these two decide, and not a word on this request.
    return {"price": outside.price(state["order"])}


def judge(state: Refund) -> Refund:
    if state["cents"] > state["price"]:
        return {"outcome": "too much", "reason": "more than was paid"}
    return {"outcome": "large" if state["cents"] > 10_000 else "small"}


# %%
# %%writefile -a desk/graph.py


def review(state: Refund) -> Refund:
    # No effect above this line: the node begins again at its first one.
    approved = interrupt({"refund": state["id"], "order": state["order"], "cents": state["cents"]})
    return {"outcome": "approved"} if approved else {"outcome": "declined", "reason": "a reviewer said no"}


def pay(state: Refund) -> Refund:
    return {"outcome": "paid", "receipt": outside.pay(state["id"], state["cents"])}


def reject(state: Refund) -> Refund:
    return {"outcome": "rejected"}


def park(state: Refund) -> Refund:
    return {"outcome": "parked"}


# %% [markdown]
# When `enrich` has used up its attempts, an *error handler* gets the state and the error. It says where to
# go on with a `Command` that has a `goto`, because LangGraph doesn't follow the edges of a failed node.
#
# `pay` has no handler, on purpose. If the bank stays away for longer than the retries last, the run fails,
# the thread stays unfinished at `pay`, and the next worker continues *there*.

# %%
# %%writefile -a desk/graph.py


def without_price(state: Refund, error: NodeError) -> Command[Literal["park", "reject"]]:
    status = getattr(getattr(error.error, "response", None), "status_code", None)
    update = {"outcome": "no price", "reason": f"{type(error.error).__name__}, status {status}"}
    return Command(update=update, goto="reject" if status == 404 else "park")


def by_outcome(state: Refund) -> str:
    return state["outcome"]


def customer_and_order(state: Refund) -> str:
    return repr((state["customer"], state["order"]))


RETRY = RetryPolicy(retry_on=outside.busy, max_attempts=3, initial_interval=0.05, jitter=False)
CACHE = CachePolicy(key_func=customer_and_order, ttl=3600)

# %%
# %%writefile -a desk/graph.py


def build(saver, cache):
    graph = StateGraph(Refund).set_node_defaults(retry_policy=RETRY)
    for node in (validate, judge, review, pay, reject, park):
        graph.add_node(node.__name__, watched(node))
    graph.add_node("enrich", watched(enrich), cache_policy=CACHE, error_handler=without_price)
    graph.add_edge(START, "validate").add_edge("enrich", "judge")
    to_reject = dict.fromkeys(("invalid", "too much", "declined"), "reject")
    graph.add_conditional_edges("validate", by_outcome, {"valid": "enrich", **to_reject})
    graph.add_conditional_edges("judge", by_outcome, {"small": "pay", "large": "review", **to_reject})
    graph.add_conditional_edges("review", by_outcome, {"approved": "pay", **to_reject})
    return graph.compile(checkpointer=saver, cache=cache)


# %% [markdown]
# **Decide.** Give a failure a handler if it ends the matter. If it needs time, or a bug has to be fixed,
# leave the thread unfinished. Let a handler raise nothing, and send what it doesn't know to a node such as
# `park`.

# %% [markdown]
# ## One switch from a file to a server
#
# `DESK_DB` holds a file name or a `postgresql://` URL. The graph doesn't know which.

# %%
# %%writefile desk/storage.py
"""Where checkpoints are kept: a SQLite file, or a Postgres server."""

from contextlib import contextmanager

from langgraph.checkpoint.sqlite import SqliteSaver


@contextmanager
def on_postgres(url: str):
    from langgraph.checkpoint.postgres import PostgresSaver  # only where it is used: they are an extra
    from psycopg.rows import dict_row
    from psycopg_pool import ConnectionPool

    settings = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    with ConnectionPool(url, min_size=1, max_size=1, kwargs=settings) as pool:
        yield PostgresSaver(pool)


def open_saver(url: str):
    """A saver for a file name or a `postgresql://` URL, open as long as the `with` lasts."""
    return on_postgres(url) if url.startswith("postgres") else SqliteSaver.from_conn_string(url)


# %% [markdown]
# `autocommit` is the setting that costs a night. Without it, `setup()` fails on a pool, and on a single
# connection every run succeeds and no row is there once it's closed. Behind a pooler such as PgBouncer, set
# `prepare_threshold` to `None`. A pool of one is enough: a saver uses one connection at a time.
#
# With the extra `postgres` installed and a server, nothing else changes:
#
# ``` sh
# export DESK_DB="postgresql://desk:…@db.internal/desk"
# python -m desk setup                # once for each version of the saver, before the first worker
# python -m desk work monday.jsonl    # on each machine, with their clocks in step
# ```
#
# The latest checkpoint is the greatest id there, too: the others never see what a machine with a slow clock
# saves, as lesson 01 shows.
#
# **Decide.** Stay with SQLite while one machine does the work. Use Postgres for more, keep their clocks in
# step, and send each request to one worker, for instance through a queue: the saver locks no thread on
# either.

# %% [markdown]
# ## The worker runs pending refunds, and skips those that wait for a person
#
# A request is new, unfinished, waiting for a person, parked or done, and its thread says which. Neither a
# new thread nor a finished one has `tasks`, but a new one has no `created_at`. The thread id is the
# refund's id.

# %%
# %%writefile desk/worker.py
"""The desk's worker, and the reviewers' side."""

import os
import signal
import time

from langgraph.errors import GraphDrained
from langgraph.runtime import RunControl
from langgraph.types import Command

from desk.watch import log


def thread_of(refund: str) -> dict:
    return {"configurable": {"thread_id": refund}, "max_concurrency": 8}


# %%
# %%writefile -a desk/worker.py


def due(graph, requests):
    """What there is to do: pairs of an input and a config."""
    for request in requests:
        config = thread_of(request["id"])
        saved = graph.get_state(config)
        if saved.interrupts:
            continue  # it waits for a person, and would only ask again
        if saved.tasks:
            yield None, config
        elif saved.created_at is None or saved.values["outcome"] == "parked":
            yield request, config


# %%
# %%writefile -a desk/worker.py


def work(graph, requests) -> int:
    """Do what is due, eight at a time, until all is done or SIGTERM comes. Returns the exit status."""
    control = RunControl()

    def stop(*_) -> None:
        control.request_drain("SIGTERM")
        os.write(2, b"draining\n")  # not the logger: the line it may just be writing holds its lock

    signal.signal(signal.SIGTERM, stop)
    jobs, began = list(due(graph, requests)), time.perf_counter()
    inputs, configs = [given for given, _ in jobs], [config for _, config in jobs]
    options = {"return_exceptions": True, "control": control, "durability": "sync"}
    ended = graph.batch(inputs, configs, **options) if jobs else []
    failed = [one for one in ended if isinstance(one, Exception) and not isinstance(one, GraphDrained)]
    rate = round(len(jobs) / (time.perf_counter() - began), 1)
    log.info("worked", jobs=len(jobs), failed=[repr(one) for one in failed], per_second=rate)
    return 1 if failed else 0


# %% [markdown]
# `return_exceptions=True` keeps one bad refund from taking the other seven with it. The rest is for the
# reviewers: they list the questions, and send an answer, which names its question and is one of two words.

# %%
# %%writefile -a desk/worker.py


def questions(graph, requests) -> list[tuple[str, str, dict]]:
    """What waits for a person: thread, question, and what is asked."""
    saved = [(r["id"], graph.get_state(thread_of(r["id"]))) for r in requests]
    return [(refund, asked.id, asked.value) for refund, state in saved for asked in state.interrupts]


def answer(graph, refund: str, question: str, word: str) -> int:
    """Answer an open question; refuse anything else."""
    config = thread_of(refund)
    is_open = question in {asked.id for asked in graph.get_state(config).interrupts}
    if not is_open or word not in ("yes", "no"):
        log.warning("refused", thread=refund, question=question, word=word)
        return 1
    graph.invoke(Command(resume={question: word == "yes"}), config, durability="sync")
    return 0


# %%
# %%writefile desk/__main__.py
"""python -m desk setup | work INBOX | questions INBOX | answer REFUND QUESTION yes|no"""

import json
import os
import sys
from pathlib import Path

from langgraph.cache.sqlite import SqliteCache
from prometheus_client import REGISTRY, write_to_textfile

from desk import storage, watch, worker
from desk.graph import build

watch.set_up()


def read(inbox: str) -> list[dict]:
    return [json.loads(line) for line in Path(inbox).read_text().splitlines()]


# %%
# %%writefile -a desk/__main__.py


with storage.open_saver(os.environ.get("DESK_DB", "desk.db")) as saver:
    desk, status = build(saver, SqliteCache(path="prices.db")), 0
    match sys.argv[1:]:
        case ["setup"]:
            saver.setup()
        case ["work", inbox]:
            status = worker.work(desk, read(inbox))
        case ["questions", inbox]:
            print(*map(json.dumps, worker.questions(desk, read(inbox))), sep="\n")
        case ["answer", refund, question, word]:
            status = worker.answer(desk, refund, question, word)
        case _:
            sys.exit(__doc__)
if path := os.environ.get("DESK_METRICS"):
    write_to_textfile(path, REGISTRY)  # a service that stays up would `start_http_server(port)`
sys.exit(status)

# %% [markdown]
# **Decide.** Ask the thread what's due, not a table of your own, which can disagree with it. Use
# `durability="sync"` where a node pays, so that nothing is paid from a state that isn't on disk. Refuse an
# answer that doesn't name an open question.

# %% [markdown]
# ## Seven refunds, and each ends where its outcome sends it
#
# Seven refunds come in. The order service refuses order 12 once, and order 13 for as long as we want it to.

# %%
import json
import sqlite3

from course.stage import World
from langgraph.checkpoint.sqlite import SqliteSaver

world = World()
world.prices = {"11": 4900, "12": 8000, "13": 2500, "15": 90000, "16": 3000}
world.refuse.update({"12": 1, "13": 3})


def inbox(name: str, *refunds: tuple) -> None:
    rows = [dict(zip(("id", "customer", "order", "cents"), refund, strict=True)) for refund in refunds]
    Path(name).write_text("".join(json.dumps(row) + "\n" for row in rows))


monday = [("r1", "mara", "11", 4900), ("r2", "ben", "12", 5000), ("r3", "ida", "13", 2500)]
monday += [("r4", "tom", "14", 100), ("r5", "eve", "15", 90000), ("r6", "lea", "16", 9999)]
inbox("monday.jsonl", *monday, ("r7", "kim", "11", -5))


# %% [markdown]
# `desk(...)` runs the program as its operators would.


# %%
def desk(name: str, *words: str, **more) -> subprocess.Popen:
    settings = {"DESK_OUTSIDE": world.url, "DESK_METRICS": f"{name}.prom", "DESK_TRACES": "spans.jsonl"}
    with Path("desk.log").open("a") as log:
        command = [sys.executable, "-m", "desk", *words]
        return subprocess.Popen(command, env={**os.environ, **settings}, stdout=log, **more)


def log_lines(event: str) -> list[dict]:
    lines = [json.loads(line) for line in Path("desk.log").read_text().splitlines()]
    return [line for line in lines if line["event"] == event]


# %% [markdown]
# This notebook has the same code and the same file, so it can look at every thread:

# %%
print("exit status:", desk("monday", "work", "monday.jsonl").wait())

os.environ["DESK_OUTSIDE"] = world.url
from desk.graph import build as build_desk
from desk.worker import questions

graph = build_desk(SqliteSaver(sqlite3.connect("desk.db", check_same_thread=False)), None)


def stands(refund: str):
    return graph.get_state({"configurable": {"thread_id": refund}})


def ends(*refunds: str) -> None:
    for refund in refunds:
        state = stands(refund)
        print(f"{refund:<3} {state.values['outcome']:<9} {state.values.get('reason', '')}", *state.next)


# %% [markdown]
# > **Predict.** Mara and Ben want no more than they paid. Ida's order service is down. Tom's order doesn't
# > exist. Eve wants 900 EUR. Lea wants more than she paid, and Kim a negative sum. Where does each end?

# %%
ends("r1", "r2", "r3", "r4", "r5", "r6", "r7")
print("paid:", dict(sorted(world.paid.items())))

# %% [markdown]
# Each is where its outcome sent it, with the reason in its state. Eve's waits for a review. The log also
# has what the state doesn't: the attempts that failed.

# %%
for line in sorted(log_lines("attempt"), key=lambda line: (line["thread"], line["timestamp"])):
    if line["outcome"] != "ok":
        print(line["thread"], line["node"], "attempt", line["attempt"], line["outcome"], line["raised"])

# %% [markdown]
# **Decide.** To learn how a refund stands, read its state. To learn why it took so long, read the log of
# attempts.

# %% [markdown]
# ## Killed while the bank pays, a refund is paid once
#
# Tuesday brings one refund. While the order service takes its time, a deploy sends SIGTERM. We read the
# line that the signal handler writes, and only then let the service answer.

# %%
world.prices["17"] = 2000
inbox("tuesday.jsonl", ("r8", "ann", "17", 2000))

world.asked.clear()
world.may_answer.clear()
worker = desk("deploy", "work", "tuesday.jsonl", stderr=subprocess.PIPE, text=True)
world.asked.wait(60)  # it is in the middle of `enrich`
worker.send_signal(signal.SIGTERM)
print(worker.stderr.readline().strip())
world.may_answer.set()
print("exit status:", worker.wait())
print("next:", *stands("r8").next, "| paid:", "r8" in world.paid)

# %% [markdown]
# The new version starts, and SIGKILL ends it at the worst moment: the bank has paid, and its answer is on
# the way.
#
# > **Predict.** A third process continues. How often is the bank asked, and how often does it pay?

# %%
world.asked.clear()
world.may_answer.clear()
worker = desk("crash", "work", "tuesday.jsonl")
world.asked.wait(60)  # it is in the middle of `pay`
worker.kill()
worker.wait()
world.may_answer.set()
print("next:", *stands("r8").next, "| paid:", "r8" in world.paid)

print("exit status:", desk("restart", "work", "tuesday.jsonl").wait())
print("asked:", world.book.count("POST r8"), "| paid:", list(world.paid).count("r8"))
ends("r8")

# %% [markdown]
# The bank was asked twice and paid once: the key closes the gap between "paid" and "saved as paid".
#
# Eve still waits. A reviewer reads the list and says yes. Nothing seems to happen, so she clicks once more.

# %%
requests = [json.loads(line) for line in Path("monday.jsonl").read_text().splitlines()]
[(refund, question, asks)] = questions(graph, requests)
print("asked:", asks)
clicks = [desk(name, "answer", refund, question, "yes").wait() for name in ("first", "second")]
print("exit status:", *clicks, "| paid:", world.paid["r5"])
print([(line["event"], line["word"]) for line in log_lines("refused")])

# %% [markdown]
# The second click found its question closed, and the desk refused it. Two clicks at the same instant might
# both find it open, and then the key saves us again.
#
# On Wednesday the order service works again. The worker gets all of Monday's requests once more, and a new
# one of Ben's for order 12. Monday looked that order up twice, because it was refused once.

# %%
rest = [tuple(request.values()) for request in requests]
inbox("wednesday.jsonl", *rest, ("r9", "ben", "12", 1000))
print("exit status:", desk("wednesday", "work", "wednesday.jsonl").wait())
print("jobs:", log_lines("worked")[-1]["jobs"], "| order 12 looked up:", world.book.count("GET 12"))
ends("r3", "r5", "r9")

# %% [markdown]
# The worker had two jobs, the parked one and the new one. The other six are done. Ben's order came out of a
# cache that another process had filled, by the key of customer and order. If `enrich` had returned "small"
# or "large", Ben's second refund would have got the verdict on his first.
#
# **Decide.** Make each effect safe to repeat with an idempotency key from the state, such as the refund's
# id. Then you can kill, restart and click twice at any moment. Cache facts, and never verdicts.

# %% [markdown]
# ## The books agree, except about the dead
#
# We have three records of the same three days: the world's book, the log, and the metrics, summed over the
# processes' files.
#
# > **Predict.** One process was killed in the middle of `pay`. Which of the three records has that attempt?
# > And which has the `judge` that the same process finished before?

# %%
from collections import Counter

from prometheus_client.parser import text_string_to_metric_families

in_metrics: Counter[str] = Counter()
for file in Path().glob("*.prom"):
    for family in text_string_to_metric_families(file.read_text()):
        for sample in family.samples:
            if sample.name == "desk_attempts_total":
                in_metrics[sample.labels["node"]] += int(sample.value)
in_log = Counter(line["node"] for line in log_lines("attempt"))
in_book = Counter({"GET": "enrich", "POST": "pay"}[entry.split()[0]] for entry in world.book)

for node in ("enrich", "judge", "pay"):
    print(f"{node:<7} book {in_book[node] or '-':>2}  log {in_log[node]:>2}  metrics {in_metrics[node]:>2}")

# %% [markdown]
# Without a kill, the three agree to the last attempt. The log keeps what the killed process had finished,
# and its counters died with it. Only the bank knows about the attempt that was cut short. The spans agree
# with the log, attempt by attempt. A refund that takes four processes has many traces, and its `thread`
# attribute finds them.
#
# **Decide.** Alert on metrics, investigate in the log, and reconcile money with the bank's own record. To
# send spans to a collector, use `OTLPSpanExporter()` with a `BatchSpanProcessor`.

# %%
spans = [json.loads(line)["attributes"] for line in Path("spans.jsonl").read_text().splitlines()]
facts = ("thread", "node", "attempt", "outcome")
same = [Counter(tuple(one[f] for f in facts) for one in many) for many in (spans, log_lines("attempt"))]
print("spans:", len(spans), "| the same as the log:", same[0] == same[1])

# %% [markdown]
# ## What to remember
#
# 1. A cache key names everything that decides the answer, the user first, and `compile(cache=…)` says
#    where.
# 2. The limit belongs at the top of the config (async nodes have none), and SIGTERM needs a handler.
# 3. Each outcome is saved in the state and leads to a node. A thread that only needs time stays unfinished.
# 4. Count attempts inside the node, log each before the next begins, and add buckets, never percentiles.
# 5. There's always a gap between "paid" and "saved as paid". The idempotency key closes it, not the
#    checkpoint.
#
# ## The mistakes of this lesson
#
# | what it looked like | what it was |
# |---|---|
# | Eve reads Ada's address | a key without the user |
# | a cache, and the bill unchanged | no `compile(cache=…)`, or the whole input as key |
# | ten calls where two were allowed | `max_concurrency` inside `configurable` |
# | sixty calls again after a kill at the 40th | one fan-out, larger than the pool |
# | a process that hangs in silence | `max_concurrency` of 1 or 2 with sync tasks |
# | nobody knows whether a parcel was sent | SIGTERM without a handler |
# | no failures on the dashboard | retries, which `tasks` and `updates` don't show |
#
# ## From here
#
# - [The exercises](exercises.ipynb): build the parts yourself, and see them tested.
# - Next module: [what is stored](../05_checkpointing/lesson.ipynb). You'll see what's in those rows, and
#   what each durability loses.
# - LangGraph's own page on [durable
#   execution](https://docs.langchain.com/oss/python/langgraph/durable-execution).
