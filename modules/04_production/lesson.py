# %% [markdown]
# # The production pattern
#
# A support desk looks up addresses. Every lookup calls the order service, and the same orders come up again
# and again, so somebody gave the node a cache. Its key is the order's number.
#
# `lookups` is that desk, with one node. `requests_from` lets customers ask about order 7, and tells you how
# many calls that took.

# %%
import os
import tempfile

os.chdir(tempfile.mkdtemp())

# %%
from langgraph.cache.memory import InMemoryCache
from langgraph.types import CachePolicy

from course.stage.lookups import build as lookups, requests_from

by_order = CachePolicy(key_func=lambda state: repr(state["order"]))
cached = lookups(by_order, InMemoryCache())
print("uncached:", requests_from(lookups(None, None), "Ada", "Ada"))
print("cached:  ", requests_from(cached, "Ada", "Ada"))

# %% [markdown]
# The cache saves a call, and the answer is right. The test passes, and the change goes live.
#
# > **Predict.** Eve mistypes a number and asks about order 7. What does she see, and does anything raise?

# %%
print(requests_from(cached, "Eve"))

# %% [markdown]
# She sees where Ada lives. Nothing raised, and every dashboard shows the best day of the year. This lesson
# is about failures of that kind: limits that limit nothing, a deploy that cuts a node in half, retries that
# nobody sees. In its second half you'll run a refund desk, six short files to take to work, and kill it.

# %% [markdown]
# ## A policy caches nothing, and the default key is the whole input
#
# *Further: on the core path, run these cells and read only what **Decide** says.*
#
# That key named too little. Two other mistakes only cost money. Here's the code that compiles the desk, and
# what Ada and Eve get from it. Ada asks twice, and Eve once.

# %% shows=6
from inspect import getsource

from IPython.display import Markdown


def show(*parts):
    code = "\n\n".join(map(getsource, parts))
    return Markdown(f"```python\n{code}```")


show(lookups)

# %%
by_user = CachePolicy(key_func=lambda s: repr([s["customer"], s["order"]]))
tries = [
    ("no compile(cache=)", CachePolicy(), None),
    ("the default key", CachePolicy(), InMemoryCache()),
    ("user and order", by_user, InMemoryCache()),
]
for name, policy, cache in tries:
    seen = requests_from(lookups(policy, cache), "Ada", "Ada", "Eve")
    print(f"{name:<19} {seen}")

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
# ## `max_concurrency` works only at the top of the config
#
# Fifteen lookups start at once, each in its own branch. The order service can take two at a time.
# `met(5, 15, config)` runs fifteen branches with a barrier that opens when *five* wait at it together.

# %%
from course.stage import branches

inside = {"configurable": {"max_concurrency": 2}}
at_the_top = {"max_concurrency": 2}
print("in configurable, five met:", any(branches.met(5, 15, inside)))
print("at the top, five met:     ", any(branches.met(5, 15, at_the_top)))
print("at the top, two met:      ", all(branches.met(2, 14, at_the_top)))

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


ended = await branches.build(meet_all).ainvoke({"size": 200, "met": []})
print("at once:", len(ended["met"]))

# %% [markdown]
# The thread pool has one more surprise.
#
# > **Predict.** Sixty branches start, and each counts the results in the file. When the 40th starts, some
# > thirty have returned. How many results are saved?

# %%
import sqlite3
import time

from langgraph.checkpoint.sqlite import SqliteSaver

writing = sqlite3.connect("branches.db", check_same_thread=False)
reading = sqlite3.connect("branches.db", check_same_thread=False)
found = []


def look(_):
    query = "select count(*) from writes where channel = 'met'"
    found.append(reading.execute(query).fetchone()[0])
    time.sleep(0.1)
    return {"met": [True]}


sixty = branches.build(look, SqliteSaver(writing))
config = {"configurable": {"thread_id": "branches"}}
sixty.invoke({"size": 60}, config, durability="sync")
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
builder = StateGraph(dict).add_sequence([step("send"), step("bill")])
graph = builder.add_edge(START, "send").compile()
try:
    graph.invoke({}, control=control)
except GraphDrained as drained:
    print("drained:", drained.reason)

# %% [markdown]
# > **Predict.** Each gets SIGTERM while `send` runs. What's the last line of each, and its exit status?

# %%
import signal
import sys
from subprocess import PIPE, Popen

for how in ("heedless", "heedful"):
    words = [sys.executable, "parcels.py", how]
    process = Popen(words, stdin=PIPE, stdout=PIPE, text=True)
    said = process.stdout.readline()  # begin send
    process.send_signal(signal.SIGTERM)
    said += process.stdout.readline()  # asked to stop, or nothing
    said += process.communicate("\n")[0]
    print(how, said.splitlines(), "exit", process.returncode)

# %% [markdown]
# The heedless worker began to send, and nobody knows whether it did. Its exit status is the signal's number
# with a minus sign. The heedful one finished `send`, didn't begin `bill`, and left with status 0. With a
# saver, the next process continues at `bill`. A control stays drained, so one is enough for all runs of a
# process.
#
# **Decide.** Give each worker process one `RunControl` and a handler that only calls `request_drain`. A
# drain waits for the running node, so split a node that takes ten minutes, or make it safe to repeat: by
# default, `docker stop` waits ten seconds, and Kubernetes thirty.

# %% [markdown]
# ## Retries leave no trace in `tasks` and `updates`
#
# *Further: on the core path, run these cells and read only what **Decide** says.*
#
# Here's an agent. Its model calls the tool `find_order` once for each order in the question. The service
# is busy with order 8 twice, and the node that runs the tools has a retry policy.

# %%
from langchain_core.tools import tool
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, ToolRuntime, tools_condition
from langgraph.types import RetryPolicy

from course import chat_model
from course.stage import clerk

attempts = {7: [], 8: []}


@tool
def find_order(order: int, runtime: ToolRuntime) -> str:
    """Look up an order."""
    attempts[order].append(runtime.execution_info.node_attempt)
    if order == 8 and len(attempts[8]) < 3:
        raise ConnectionError("busy")
    return "It was sent on Monday."


# %%
def model(state: MessagesState):
    return {"messages": [llm.invoke(state["messages"])]}


llm = chat_model(clerk).bind_tools([find_order])
quick = RetryPolicy(initial_interval=0.01, jitter=False)
builder = StateGraph(MessagesState).add_node(model)
tools = ToolNode([find_order])
builder.add_node("tools", tools, retry_policy=quick)
builder.add_edge(START, "model").add_edge("tools", "model")
agent = builder.add_conditional_edges("model", tools_condition).compile()

# %% [markdown]
# > **Predict.** `tasks` reports when each node starts and ends, and `updates` what it wrote. How many of
# > these events show the trouble? And how often is each order looked up?

# %%
import logging

logged = []
logger = logging.getLogger("langgraph.pregel._retry")
logger.setLevel(logging.INFO)
logger.addFilter(lambda record: logged.append(record.getMessage()))

asked = {"messages": ["Where are orders 7 and 8?"]}
for mode, event in agent.stream(asked, stream_mode=["tasks", "updates"]):
    name = event.get("name") or next(iter(event))
    error = f"error: {event['error']}" if "error" in event else ""
    print(f"{mode:<8} {name:<6} {error}")
print("attempts:", attempts)

# %% [markdown]
# None does. `tools` has one start, one end and no error, for a service that was down twice. (`messages`,
# `custom` and `astream_events` do repeat themselves, but none of them says why.) And a retry repeats the
# *node*: order 7, whose lookup had worked, was looked up three times, too. If that tool had paid a refund,
# the bank would have been asked three times.
#
# You can see attempts in three places. In the node, `node_attempt` counts them from 1. In callbacks, each
# attempt is a chain of its own. And LangGraph logs every retry, at a level that's off unless you set it:

# %%
print(*logged, sep="\n")

# %% [markdown]
# So this lesson's desk measures inside the attempt. A wrapper around each node leaves a log line, a
# count, a duration and a span *for each attempt*. `structlog` writes JSON lines, `prometheus_client` holds
# the metrics, and OpenTelemetry the spans.

# %% shows=21
from course.refund_desk import watch

show(watch.seen)

# %% [markdown]
# `watched` runs each attempt of a node inside this `with`. The line is written when the attempt ends,
# whatever ends it, and before the next node begins. By default, a span takes every exception for a
# failure, and an interrupt is an exception. Each refund that waits for a person would be red on the
# dashboard, so we set `set_status_on_exception=False`.
#
# **Decide.** Measure inside the node, once per attempt, and count interrupts apart from errors. Give a tool
# that costs money an idempotency key, because its neighbours' retries repeat it. Use LangSmith if inputs and
# outputs may leave your house: it needs no code, only `LANGSMITH_TRACING=true` and a key. It's off unless
# you say so:

# %%
from langsmith.utils import tracing_is_enabled

print("LangSmith:", "on" if tracing_is_enabled() else "off")

# %% [markdown]
# ## A percentile from a histogram is a guess within a bucket
#
# *Further: on the core path, run these cells and read only what **Decide** says.*
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
    hour = measured([0.06] * 940 + [slow] * 60)
    told = [round(quantile(q, hour), 2) for q in (0.5, 0.95, 0.99)]
    print(f"slow ones {slow:>2} s: p50, p95, p99 = {told}")

# %% [markdown]
# The guess is somewhere in the right bucket: 2.92 and 4.58, although every slow call took exactly 3. Beyond
# the last edge it's blind, and reports 20 seconds as 10, as it would a minute.
#
# Now take two workers. One handled 990 fast calls, the other 10 slow ones, because it has just started.
# Their p50 is 0.08 and 3.75.

# %%
busy, fresh = measured([0.06] * 990), measured([3] * 10)
mean = (quantile(0.5, busy) + quantile(0.5, fresh)) / 2
print("mean of the two:", round(mean, 2))
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
# ## Save each outcome in the state, and route by it
#
# Now the desk, `course.refund_desk`. It validates a refund, looks up the price, judges, perhaps asks a
# reviewer, and pays. Each step writes what happened into the state, as its `outcome`, and a table routes
# outcomes to nodes. No code catches an exception to make a decision.
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

# %% shows=17
from course.stage import World

world = World()
os.environ["DESK_OUTSIDE"] = world.url
from course.refund_desk import graph as desk_graph

show(desk_graph.review, desk_graph.pay, desk_graph.without_price)

# %% [markdown]
# When `enrich` has used up its attempts, the *error handler* `without_price` gets the state and the error.
# It says where to continue with a `Command` that has a `goto`, because LangGraph doesn't follow the edges
# of a failed node.
#
# `pay` has no handler, on purpose. If the bank stays away for longer than the retries last, the run
# fails, the thread stays unfinished at `pay`, and the next worker continues *there*. Another attempt may
# help after a status of 500 or more, or a connection that failed (`outside.busy`).

#
# **Decide.** Give a failure a handler if it ends the matter. If it needs time, or a bug has to be fixed,
# leave the thread unfinished. A handler must not raise. Send errors that it doesn't know to a node such
# as `park`. Make one HTTP client for the process, with a timeout, and send a key with every payment.

# %% [markdown]
# ## Each process asks the thread what is pending
#
# The desk is a program, and several processes share its files:
#
# ```mermaid
# flowchart LR
#     accTitle: The desk and its processes
#     accDescr: Worker and answer share the checkpoints; only they call the outside. Each leaves records.
#     inbox[/"inbox: requests"/] --> worker
#     deploy(["deploy: SIGTERM"]) -.-> worker
#     worker["process: work"] <--> db[("checkpoints<br>desk.db or Postgres")]
#     reviewer(["reviewer: yes or no"]) --> answer["process: answer"] <--> db
#     worker <--> prices[("cache<br>prices.db")]
#     worker -- "price, pay" --> world["order service and bank"]
#     answer -- "pay" --> world
#     worker --> records[/"log, metrics, spans"/]
#     answer --> records
# ```
#
# A request is new, unfinished, waiting for a person, parked or done, and its thread says which. Neither a
# new thread nor a finished one has `tasks`, but a new one has no `created_at`. The thread id is the
# refund's id.

# %% shows=20
from course.refund_desk import worker

show(worker.due, worker.answer)

# %% [markdown]
# `work` hands these jobs to `graph.batch`, eight at a time, with the `RunControl` from above and
# `return_exceptions=True`, which keeps one bad refund from taking the other seven with it. `DESK_DB`
# holds a file name or a `postgresql://` URL. The graph doesn't know which: `storage.open_saver` opens a
# `SqliteSaver`, or a `PostgresSaver` on a pool whose connections have `autocommit=True` and
# `row_factory=dict_row`.

#
# Don't forget `autocommit`. Without it, `setup()` fails on a pool, and on a single
# connection every run succeeds and no row is there once it's closed. Behind a pooler such as PgBouncer, set
# `prepare_threshold` to `None`. With the extra `postgres` installed and a server, nothing else changes:
#
# ``` sh
# export DESK_DB="postgresql://desk:…@db.internal/desk"
# python -m course.refund_desk setup              # once for each version of the saver
# python -m course.refund_desk work monday.jsonl  # on each machine
# ```
#
# **Decide.** Ask the thread what's pending, not a table of your own, which can disagree with it. Refuse an
# answer that doesn't name an open question. Use `durability="sync"` where a node pays. Stay with SQLite
# while one machine does the work. Use Postgres for more, keep the machines' clocks in step (lesson 01 shows
# why), and send each request to one worker, for instance through a queue: neither saver locks a thread.

# %% [markdown]
# ## Seven refunds each end where their outcome sends them
#
# *Further: on the core path, run these cells and read only what **Decide** says.*
#
# `World` is a real local HTTP server with an order service, a bank, and a book of everything that it was
# asked. It runs in this notebook, so none of our kills takes the book away. Seven refunds come in. The
# order service refuses order 12 once, and order 13 for as long as we want it to.

# %%
from course.stage import operators

prices = {"11": 4900, "12": 8000, "13": 2500, "15": 90000, "16": 3000}
world.prices.update(prices)
world.refuse.update({"12": 1, "13": 3})
monday = [
    ("r1", "mara", "11", 4900),
    ("r2", "ben", "12", 5000),
    ("r3", "ida", "13", 2500),
    ("r4", "tom", "14", 100),
    ("r5", "eve", "15", 90000),
    ("r6", "lea", "16", 9999),
    ("r7", "kim", "11", -5),
]
operators.write_inbox("monday.jsonl", *monday)

# %% [markdown]
# `desk(name, …)` starts the program as its operators would. This notebook has the same code and the same
# file, so it can look at every thread.
#
# > **Predict.** Mara and Ben want no more than they paid. Ida's order service is down. Tom's order doesn't
# > exist. Eve wants 900 EUR. Lea wants more than she paid, and Kim a negative sum. Where does each end?


# %%
def desk(name, *words):
    return operators.desk(world, name, *words)


print("exit status:", desk("monday", "work", "monday.jsonl").wait())
db = sqlite3.connect("desk.db", check_same_thread=False)
graph = desk_graph.build(SqliteSaver(db), None)


def ends(*refunds):
    for refund in refunds:
        at = graph.get_state(worker.thread_of(refund))
        reason = at.values.get("reason", "")
        print(f"{refund:<3} {at.values['outcome']:<9} {reason}", *at.next)


ends("r1", "r2", "r3", "r4", "r5", "r6", "r7")
print("paid:", dict(sorted(world.paid.items())))

# %% [markdown]
# Each is where its outcome sent it, with the reason in its state. Eve's waits for a review. The log also
# has what the state doesn't: the attempts that failed.

# %%
lines = operators.log_lines("attempt")
lines.sort(key=lambda line: (line["thread"], line["timestamp"]))
for line in lines:
    if line["outcome"] != "ok":
        print(*(line[n] for n in ("thread", "node", "attempt", "raised")))

# %% [markdown]
# **Decide.** To learn what became of a refund, read its state. To learn why it took so long, read the log
# of attempts.

# %% [markdown]
# ## A refund killed while the bank pays is paid once
#
# Tuesday brings one refund. While the order service takes its time, a deploy sends SIGTERM. We read the
# line that the signal handler writes, and only then let the service answer.

# %%
world.prices["17"] = 2000
operators.write_inbox("tuesday.jsonl", ("r8", "ann", "17", 2000))


def desk_is_asking(name):
    world.asked.clear()
    world.may_answer.clear()
    process = desk(name, "work", "tuesday.jsonl")
    world.asked.wait(60)
    return process


def r8():
    pending = graph.get_state(worker.thread_of("r8")).next
    print("next:", *pending, "| paid:", "r8" in world.paid)


# %%
process = desk_is_asking("deploy")  # it's in the middle of `enrich`
process.send_signal(signal.SIGTERM)
print(process.stderr.readline().strip())
world.may_answer.set()
print("exit status:", process.wait())
r8()

# %% [markdown]
# The new version starts, and SIGKILL ends it at the worst moment: the bank has paid, and its answer is on
# the way.
#
# > **Predict.** A third process continues. How often is the bank asked, and how often does it pay?

# %%
process = desk_is_asking("crash")  # it's in the middle of `pay`
process.kill()
process.wait()
world.may_answer.set()
r8()

print("exit status:", desk("restart", "work", "tuesday.jsonl").wait())
paid = list(world.paid).count("r8")
print("asked:", world.book.count("POST r8"), "| paid:", paid)
ends("r8")

# %% [markdown]
# The bank was asked twice and paid once: the key closes the gap between "paid" and "saved as paid".
#
# Eve still waits. A reviewer reads the list and says yes. Nothing seems to happen, so she clicks once more.

# %%
[(refund, question, asks)] = worker.questions(graph, [{"id": "r5"}])
print("asked:", asks)
click = ("answer", refund, question, "yes")
clicks = [desk(name, *click).wait() for name in ("first", "second")]
print("exit status:", *clicks, "| paid:", world.paid["r5"])

# %% [markdown]
# The second click found its question closed, and the desk refused it. Two clicks at the same instant might
# both find it open, and then the key saves us again.
#
# On Wednesday the order service works again. The worker gets all of Monday's requests once more, and a new
# one of Ben's for order 12. Monday looked that order up twice, because it was refused once.

# %%
new = ("r9", "ben", "12", 1000)
operators.write_inbox("wednesday.jsonl", *monday, new)
status = desk("wednesday", "work", "wednesday.jsonl").wait()
jobs = operators.log_lines("worked")[-1]["jobs"]
looked_up = world.book.count("GET 12")
print("exit status:", status, "| jobs:", jobs, "| order 12:", looked_up)
ends("r3", "r5", "r9")

# %% [markdown]
# The worker had two jobs, the parked one and the new one. The other six are done. Ben's order came out of a
# cache that another process had filled, by the key of customer and order. If `enrich` had returned "small"
# or "large", Ben's second refund would have got the verdict on his first.
#
# **Decide.** Make each effect safe to repeat with an idempotency key from the state, such as the refund's
# id. Then you can kill, restart and click twice at any moment. Cache facts, and never verdicts.

# %% [markdown]
# ## After a kill, log and metrics miss the attempt that was cut off
#
# *Further: on the core path, run these cells and read only what **Decide** says.*
#
# We have three records of the same three days: the world's book, the log, and the metrics, summed over the
# processes' files.
#
# > **Predict.** One process was killed in the middle of `pay`. Which of the three records has that attempt?
# > And which has the `judge` attempt that this process had finished?

# %%
from collections import Counter

node_of = {"GET": "enrich", "POST": "pay"}
in_book = Counter(node_of[entry.split()[0]] for entry in world.book)
lines = operators.log_lines("attempt")
in_log = Counter(line["node"] for line in lines)
in_metrics = operators.attempts_in_metrics()
print("        book  log  metrics")
for n in ("enrich", "judge", "pay"):
    book = in_book[n] or "-"
    print(f"{n:<7} {book:>4} {in_log[n]:>4} {in_metrics[n]:>8}")

# %% [markdown]
# The order service's calls agree in all three. The log keeps the `judge` that the killed process had
# finished, and its counters died with it. Only the bank knows about the attempt that was cut short. And the
# spans? They agree with the log, attempt by attempt:


# %%
def attempts_of(records):
    facts = ("thread", "node", "attempt", "outcome")
    return Counter(tuple(one[fact] for fact in facts) for one in records)


spans = operators.span_attributes()
same = attempts_of(spans) == attempts_of(lines)
print("spans:", len(spans), "| the same as the log:", same)

# %% [markdown]
# A refund that takes four processes has many traces. Search for them by the `thread` attribute.
#
# **Decide.** Alert on metrics, investigate in the log, and reconcile money with the bank's own record. To
# send spans to a collector, use `OTLPSpanExporter()` with a `BatchSpanProcessor`.

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
# | a lookup that worked, made three times | the retry of another tool in the same message |
#
# ## From here
#
# - [The exercises](exercises.ipynb): build the parts yourself, and see them tested.
# - The desk is `course/refund_desk/`, six files and a command. Take it to work.
# - Next module: [what is stored](../05_checkpointing/lesson.ipynb). You'll see what's in those rows, and
#   what each durability loses.
# - LangGraph's own page on [durable
#   execution](https://docs.langchain.com/oss/python/langgraph/durable-execution).
