# %% [markdown]
# # The night shift
#
# A shop prices its orders at night. A service does it over HTTP, and the process that asks runs on cheap
# machines, which are taken away at any moment. That's no problem, says the design: LangGraph saves every
# result, so the next process goes on where the last one stopped.

# %%
import os
import tempfile

os.chdir(tempfile.mkdtemp())

# %%
from pathlib import Path

from course.data_pipeline.orders import write


def orders(count):
    for n in range(count):
        yield {"id": f"o{n}", "sku": "lamp", "quantity": 1 + n % 5}


write("orders.jsonl", orders(60))
print(Path("orders.jsonl").read_text().splitlines()[0])

# %% [markdown]
# So sixty orders become sixty `Send`s, each a task of its own. Pricing one takes 50 ms, and every effect
# goes into a ledger outside of LangGraph. We kill the process at the 40th.

# %%
# %%writefile effects.py
import os
import sys
import threading
import time
from pathlib import Path

LEDGER, LOCK = Path("ledger.txt"), threading.Lock()
LEDGER.touch()


def effect(name):
    """Price an order; the process is killed at the effect it's told."""
    time.sleep(0.05)
    with LOCK:
        LEDGER.write_text(f"{LEDGER.read_text()}{name}\n")
        if len(LEDGER.read_text().split()) == int(sys.argv[1]):
            os.kill(os.getpid(), 9)


# %%
# %%writefile fan_out.py
import json
import operator
from pathlib import Path
from typing import Annotated, TypedDict

from effects import effect
from langgraph.graph import START, StateGraph
from langgraph.types import Send


class Night(TypedDict):
    path: str
    priced: Annotated[list, operator.add]


def price(order):
    effect(order["id"])
    return {"priced": [order["id"]]}


# %%
# %%writefile -a fan_out.py
def everything(state):
    lines = Path(state["path"]).read_text().splitlines()
    return [Send("price", json.loads(line)) for line in lines]


builder = StateGraph(Night).add_node(price)
builder.add_conditional_edges(START, everything, ["price"])

# %%
# %%writefile go.py
import importlib
import sys

from course.stage import connect
from langgraph.checkpoint.sqlite import SqliteSaver

builder = importlib.import_module(sys.argv[2]).builder
config = {"configurable": {"thread_id": "night"}}
graph = builder.compile(checkpointer=SqliteSaver(connect(sys.argv[3])))
begun = graph.get_state(config).created_at
first = None if begun else {"path": "orders.jsonl"}
graph.invoke(first, config, durability=sys.argv[4])

# %% [markdown]
# > **Predict.** Forty orders are priced when the process dies. How many of their results are on disk? And
# > how many orders are priced a second time when it's started again?

# %%
import subprocess
import sys

from course.stage import connect, plot, tried


def go(kill_at, module, durability="sync"):
    db, ledger = f"{module}-{durability}.db", Path("ledger.txt")
    base = [sys.executable, "go.py"]
    ledger.unlink(missing_ok=True)
    subprocess.run([*base, str(kill_at), module, db, durability])
    done = len(ledger.read_text().split())
    saved = "select count(*) from writes where channel in ('priced', 'ok')"
    on_disk = connect(db).execute(saved).fetchone()[0]
    subprocess.run([*base, "0", module, db, durability])
    again = len(ledger.read_text().split()) - 60
    return done, on_disk, again


print("priced, on disk, priced again:", go(40, "fan_out"))

# %% [markdown]
# Nothing was saved, even with `durability="sync"`, and all forty are done again. If the machine is taken
# away every minute, and the file takes two, this night never ends.
#
# Why? Nodes and the writer of results share **one thread pool**. Sixty nodes are submitted first. Each
# result that's to be saved queues up behind them, and waits until the last node has started.

# %% [markdown]
# ## A fan-out wider than its thread pool saves nothing until it's nearly done
#
# The pool has `min(32, CPUs + 4)` workers. With fewer branches than that, results are written while others
# still run. So cut the file into *chunks* that fit, and let the graph loop: plan a chunk, work on its
# parts, plan the next. (A smaller `max_concurrency` doesn't help. Async nodes and an `AsyncSqliteSaver` do:
# nodes and writer share no pool there, so results reach the disk while other nodes still run.)
#
# ```mermaid
# flowchart LR
#     accTitle: The night as a graph
#     accDescr: Plan sends a chunk of parts; when all have ended, plan sends the next; at the end, report.
#     start([start]) --> plan
#     plan -->|"Send × 4"| part1[part]
#     plan --> part2[part]
#     plan --> part3[part]
#     part1 --> plan
#     part2 --> plan
#     part3 --> plan
#     plan -->|"no lines left"| report
#     report --> stop([end])
# ```
#
# `build_night` from `course.data_pipeline` is this loop, 60 lines long. (You'll write your own in
# `split_the_work`.) Here a chunk is five parts of two lines.

# %%
# %%writefile chunks.py
import json

from course.data_pipeline.graph import build_night
from course.data_pipeline.orders import read
from effects import effect


def work(part):
    for line in read(part):
        effect(json.loads(line)["id"])
    return {"ok": len(read(part)), "bad": 0, "bad_places": []}


builder = build_night(work, parts=5, size=2)

# %% [markdown]
# > **Predict.** The same kill, with each durability. How many orders are priced again?

# %% tags=["nbval-ignore-output"]
for durability in ("sync", "async", "exit"):
    done, _, again = go(40, "chunks", durability)
    print(f"{durability:6}{done:3} priced, {again:3} priced again")

# %% [markdown]
# With `sync`, a kill costs at most one chunk. `exit` saves nothing, so everything is done again. The
# default, `async`, is somewhere between: it saves in the background, so how much you lose depends on how
# slow the disk is. On this one it may look as good as `sync`. On a busy one it doesn't.
#
# **Decide.** Make a chunk as large as what you can afford to do twice, with no more parts than the pool
# has workers, and run it with `durability="sync"`. The price is a few waits for the disk per chunk. Use one
# fan-out only if it's so short that you'd do it again.

# %% [markdown]
# ## A state that holds records is saved again at every step
#
# The parts above are *references*: a path, and the bytes where they begin and end. Many pipelines carry
# the records themselves. We build both, over 2,000 orders, and compare what's on disk at the end.
#
# > **Predict.** The file has 100 kB. How large is the database if the state holds records and results, and
# > how large if it holds a cursor?

# %%
import operator
from typing import Annotated, TypedDict

from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph

from course.data_pipeline.graph import build_night
from course.data_pipeline.orders import Order, read
from course.data_pipeline.run import run_night


class Fat(TypedDict):
    todo: list
    done: Annotated[list, operator.add]


def step(state):
    return {"todo": state["todo"][50:], "done": state["todo"][:50]}


def more(state):
    return "step" if state["todo"] else END


# %%
write("orders.jsonl", orders(2000))
fat = StateGraph(Fat).add_node(step).add_edge(START, "step")
fat = fat.add_conditional_edges("step", more, ["step", END])
fat = fat.compile(checkpointer=SqliteSaver(connect("fat.db")))
night = {"configurable": {"thread_id": "night"}}
fat.invoke({"todo": [*orders(2000)], "done": []}, night)


def count(part):
    return {"ok": len(read(part)), "bad": 0, "bad_places": []}


slim = SqliteSaver(connect("slim.db"))
ended = run_night(build_night(count, 4, 25), slim, "night", "orders.jsonl")

# %%
for name in ("fat", "slim"):
    db = connect(f"{name}.db")
    query = "select length(checkpoint) from checkpoints"
    sizes = [size for (size,) in db.execute(query)]
    print(f"{name:5}{len(sizes)} checkpoints, {sum(sizes) / 1e6:.2f} MB")

# %% [markdown]
# Both saved about equally often. The fat one saved all 2,000 records each time, so it grows with the *square*
# of the file. The slim one has a cursor and two counts, and its results are in a table of their own.
#
# **Decide.** Put into the state what the next step must know, and nothing else: a cursor, counts, the bad
# places of the running chunk. Records stay in the file, and results go into a table under the record's
# id. It costs you a second place to look at, and `get_state` no longer shows the data.

# %% [markdown]
# ## Poison stops a run for good, and skipping it by hand drops its neighbours
#
# `PricingService` is a real server on this machine. It's slow, it's busy at times (503), and it refuses
# every call (422) that holds an order it can't price. It doesn't say which. Order 7 is such an order.

# %%
import httpx

from course.data_pipeline.pricing import ask, halving, patiently
from course.data_pipeline.service import PricingService


def poisoned(name):
    return int(name[1:]) % 50 == 7


service = PricingService(busy=lambda n: n % 9 == 0, poison=poisoned)
client = httpx.Client(base_url=service.url)


def price(some):
    return ask(client, some)


batch = [Order(**each) for each in orders(24)]
print(tried(price, batch))

# %% [markdown]
# All 24 are refused. If the node raises, every resume meets order 7 again. You could step over it with
# `update_state(as_node="part")`, but that discards what the neighbours have done, as you saw in
# [time travel](../06_time_travel/lesson.ipynb). So the node itself has to find the poison, and go on.
#
# > **Predict.** `halving` asks again with each half of what was refused. How many calls does it take to
# > find one order in 24?

# %%
before = service.statuses.total()
cents = halving(patiently(price))(batch)
print(len(cents), "priced in", service.statuses.total() - before, "calls")
print("left out:", [each.id for each in batch if each.id not in cents])

# %% [markdown]
# One by one it would take 24, and that for every batch. Halving takes two calls for each level, and a few
# more when the service was busy.
#
# | what comes back | what it says | what to do |
# |---|---|---|
# | not JSON, a field is missing | this line will never be an order | quarantine, with its raw text |
# | 422 | one of these will never be priced | halve, then quarantine |
# | 503, 429, a broken line | later, maybe | wait longer each time, five times |
# | 401, 500, a `KeyError` | nobody knows | raise: stop the night, let it be resumed |
#
# The last row matters most. With `except Exception`, an expired key would put the whole file into
# quarantine, and the night would end early, with a good report.
#
# **Decide.** Quarantine only what you know is poison, with its place, its reason and the line as it was.
# Everything else must stop the run. And stop it as well if most of a chunk is bad: then the file is wrong,
# not the lines (`most_bad` in `build_night`).

# %% [markdown]
# ## Ten lines make a night that may die at any time
#
# All of it together is `course/data_pipeline/night.py`. Here's its heart, shortened:
#
# ```python
# with drained_by_sigterm() as control:
#     price = patiently(measured(ask, "price", sink))
#     builder = build_night(worker(price, sink), parts, size)
#     run_night(builder, saver, thread_id, path, control)
# ```
#
# `run_night` is what you know from [failures](../02_robust/lesson.ipynb): begin if nothing is saved, go on
# if `tasks` isn't empty, and else return what's there. `drained_by_sigterm` lets the running chunk end, as
# in [production](../04_production/lesson.ipynb).
#
# The night has 2,000 orders, and 40 of them are poison. The service itself kills the process three times,
# and asks it once, politely, to stop.

# %%
import signal

from course.data_pipeline.report import report
from course.data_pipeline.sink import Sink, rows

KILL, TERM = signal.SIGKILL, signal.SIGTERM
signals, running = {30: KILL, 99: KILL, 170: TERM, 260: KILL}, []


def busy(number):
    if number in signals:
        os.kill(running[-1].pid, signals[number])
    return number % 20 == 0


# %%
service = PricingService(busy=busy, poison=poisoned, slow=0.002)
words = [sys.executable, "-m", "course.data_pipeline.night"]
words += ["orders.jsonl", service.url]
printed = []
for _ in range(5):
    running.append(subprocess.Popen(words, stdout=-1, text=True))
    printed.append(running[-1].communicate()[0])
print("exit codes:", [each.returncode for each in running])
print("at SIGTERM:", printed[2], end="")

# %% [markdown]
# > **Predict.** There are three kills, and a chunk has 100 orders. How many rows does the sink have, how
# > many the quarantine, and how many orders at most were priced twice?

# %%
found = report("results.db")
print(found.priced, "priced,", found.quarantined)
repeats = sum(service.priced.values()) - len(service.priced)
print("priced again, at most a chunk for each kill:", repeats <= 300)
missing = {f"o{n}" for n in range(2000) if not poisoned(f"o{n}")}
missing -= {one for (one,) in rows("results.db", "select id from priced")}
print("missing:", missing or "none")

# %% [markdown]
# Every order is in one of the two tables, once. Some were *priced* twice: a part is done at least once, and
# no checkpoint changes that. It does no harm, because `insert or replace` by the order's id turns "at least
# once" into "once" where it counts.
#
# **Decide.** Write results by the record's own id, never by an id made in the node. If the call itself
# costs money, give the service that id, too. SIGTERM ends a night after its chunk, so a chunk must be
# shorter than the grace period of your machines (30 seconds, often).

# %% [markdown]
# ## A stream sees neither retries nor what came before a kill
#
# *Further: on the core path, run these cells and read only what **Decide** says.*
#
# Which part is slow, and how many calls failed? In [production](../04_production/lesson.ipynb) you saw
# that no stream mode reports a retry. After a resume, a stream doesn't show the earlier calls, either.
# And with a saver, the `updates` of a fan-out mostly arrive when its slowest branch ends, so a fast branch
# looks slow.
#
# So measure inside the node, around the call, and write each attempt down where a kill can't take it: a
# table. That's what `measured` did all night, in three processes that were killed and two that weren't.
#
# > **Predict.** The service has seen every call. How many of them can be missing in the table?

# %% tags=["nbval-ignore-output"]
print(report("results.db"))

# %%
made, noted = service.statuses.total(), found.stages["price"].calls
print("missing, at most four for each kill:", 0 <= made - noted <= 12)

# %% [markdown]
# A call that was under way when its process died isn't in the table: it never came back.
#
# **Decide.** Note attempts where they're made, with their outcome, in a table or a metrics library. Take
# percentiles over all of them. An average hides the slow one in a hundred. Trust the service's own log
# for what you paid.

# %% [markdown]
# ## Measure first, then change one thing at a time
#
# *Further: on the core path, run these cells and read only what **Decide** says.*
#
# Where does a night spend its time? Profile before you tune:

# %% tags=["nbval-ignore-output"]
import time

from course.data_pipeline.worker import worker

write("few.jsonl", orders(400))
spent = {"price": 0.0}


def timed(some):
    begun = time.perf_counter()
    try:
        return price(some)
    finally:
        spent["price"] += time.perf_counter() - begun


plain = PricingService(slow=0.005, slow_each=0.0002)
client = httpx.Client(base_url=plain.url)
work = worker(timed, Sink("few.db"))
begun = time.perf_counter()
run_night(build_night(work, 1, 25), slim, "profile", "few.jsonl")
spent["all"] = time.perf_counter() - begun
print({name: f"{seconds:.2f} s" for name, seconds in spent.items()})

# %% [markdown]
# `price` is the wait for the service. The rest is LangGraph and the disk, which save each chunk before the
# next one begins. So fewer and larger calls help twice, several at once help too, and a faster JSON parser
# won't. Here are five ways to price 400 orders. A call costs 5 ms, and each order in it 0.2 ms more:

# %%
import asyncio
from concurrent.futures import ThreadPoolExecutor

some = [Order(**each) for each in orders(400)]
batches = [some[n : n + 25] for n in range(0, 400, 25)]


def one_by_one(call):
    for each in some:
        call([each])


def batched(call):
    for batch in batches:
        call(batch)


def threads(call):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(call, batches))


# %%
def sends(call):
    def priced(part):
        return {"ok": len(call([Order.parse(one) for one in read(part)]))}

    run_night(build_night(priced, 4, 25), slim, str(call), "few.jsonl")


def with_asyncio(call):
    places = asyncio.Semaphore(4)

    async def one(batch):
        async with places:
            await asyncio.to_thread(call, batch)

    async def night():
        await asyncio.gather(*map(one, batches))

    with ThreadPoolExecutor(1) as pool:  # the notebook has a loop already
        pool.submit(asyncio.run, night()).result()


# %% [markdown]
# > **Predict.** Which change gains most: batches, or four at a time?

# %% tags=["nbval-ignore-output"]
from course.data_pipeline.metrics import measured, percentile, stages

ways = [one_by_one, batched, sends, threads, with_asyncio]
rates = {}
print("              orders/s    p50    p95    p99  errors")
for way in ways:
    name, sink = way.__name__, Sink(f"{way.__name__}.db")
    begun = time.perf_counter()
    way(measured(price, "price", sink))
    rates[name] = 400 / (time.perf_counter() - begun)
    s = stages(f"{name}.db")["price"]
    ms = f"{s.p50:7.1f}{s.p95:7.1f}{s.p99:7.1f}"
    print(f"{name:14}{rates[name]:8.0f}{ms}{s.failed:8}")


# %% tags=["nbval-ignore-output"]
def tenths(way):
    query = "select ms from calls order by ms"
    times = [ms for (ms,) in rows(f"{way.__name__}.db", query)]
    return [round(percentile(times, n / 10)) for n in range(1, 11)]


named = {way.__name__: tenths(way) for way in ways}
plot("Milliseconds of a call, from fast to slow", named, across="tenth")

# %% [markdown]
# Batches gain most, because a call has a fixed price. Four at a time comes second. `Send`s cost more than
# bare threads: they wait for the disk after each chunk, so that a kill costs a chunk and not the night. The
# slower your disk is, the larger a chunk should be. Note that p50 gets *worse* with batches: each call does
# more. Look at throughput for a night, and at p95 for a person who waits.
#
# What about connections? We open one for each operation, and then keep one, for three things that a
# pipeline talks to.

# %% tags=["nbval-ignore-output"]
import psycopg

from course.stage import postgres

uri = postgres()
makers = {
    "http": lambda: httpx.Client(base_url=plain.url),
    "sqlite": lambda: connect("few.db"),
    "postgres": lambda: psycopg.connect(uri),
}


def use(c):
    if hasattr(c, "post"):
        c.post("/prices", json={"orders": []})
    else:
        c.execute("select 1")


# %% tags=["nbval-ignore-output"]
def each_took(action, given):
    begun = time.perf_counter()
    for _ in range(20):
        action(given)
    return f"{(time.perf_counter() - begun) / 20 * 1000:.2f} ms"


def anew(make):
    with make() as fresh:
        use(fresh)


for name, make in makers.items():
    with make() as kept:
        fresh, pooled = each_took(anew, make), each_took(use, kept)
    print(f"{name:9} new each time: {fresh:>9}   kept: {pooled:>9}")

# %% [markdown]
# Opening a Postgres connection starts a process on its side, so a pool pays at once. For SQLite it hardly
# matters, but there *one* writer at a time is the limit: keep one connection, and one transaction for each
# part. The last thing to try is not to ask at all:

# %%
known = {}


def cached(some):
    new = {(o.sku, o.quantity): o for o in some}
    new = {key: o for key, o in new.items() if key not in known}
    found = price([*new.values()]) if new else {}
    known.update({key: found[o.id] for key, o in new.items()})
    return {o.id: known[o.sku, o.quantity] for o in some}


asked = plain.statuses.total()
for batch in batches:
    cached(batch)
print(plain.statuses.total() - asked, "call instead of", len(batches))

# %% [markdown]
# 400 orders hold only five different questions. This is right as long as a price depends on nothing else
# and doesn't change before morning.
#
# **Decide.** Profile, then change one thing and measure it. Start with fewer calls, then several at a time
# (as many as the service allows), then kept connections. Add a cache last, if a stale answer is fine. Stop
# when the night is short enough.

# %% [markdown]
# ## Past one machine, somebody has to say who takes which thread
#
# *Further: on the core path, run these cells and read only what **Decide** says.*
#
# Nothing in LangGraph locks a thread. If two workers run the same night, both price all of it. On several
# machines you need a saver that they share, Postgres, and a rule for who takes what. Here the file is cut
# into six pieces, each a thread, and three processes each take the next free one. An advisory lock says
# "mine". It's released with the connection, so a dead worker's piece is free again, and the next one goes
# on from its checkpoint.

# %%
# %%writefile piece.py
import os
import sys

import psycopg
from course.data_pipeline.graph import build_night
from course.data_pipeline.orders import read
from course.data_pipeline.run import run_night
from langgraph.checkpoint.postgres import PostgresSaver

who, uri, dies = sys.argv[1:]
mine = psycopg.connect(uri, autocommit=True)


def work(part):
    ids = [line.split('"')[3] for line in read(part)]
    say = "insert into priced values (%s, %s)"
    mine.cursor().executemany(say, [(each, who) for each in ids])
    if who == dies:
        os.kill(os.getpid(), 9)
    return {"ok": len(ids), "bad": 0, "bad_places": []}


# %%
# %%writefile -a piece.py
free = "select pg_try_advisory_lock(hashtext(%s))"
with PostgresSaver.from_conn_string(uri) as saver:
    for n in range(6):
        name = f"piece{n}.jsonl"
        if mine.execute(free, [name]).fetchone()[0]:
            run_night(build_night(work, 1, 10), saver, name, name)
            mine.execute("select pg_advisory_unlock(hashtext(%s))", [name])

# %% [markdown]
# > **Predict.** Worker a dies in its first chunk of ten. Then b and c run side by side. How many of the 300
# > orders are priced, and how many twice?

# %%
from langgraph.checkpoint.postgres import PostgresSaver

everything = [*orders(300)]
for n in range(6):
    write(f"piece{n}.jsonl", everything[n * 50 : n * 50 + 50])
with PostgresSaver.from_conn_string(uri) as saver:
    saver.setup()
shared = psycopg.connect(uri, autocommit=True)
shared.execute("create table priced (id text, who text)")


def start(who):
    return subprocess.Popen([sys.executable, "piece.py", who, uri, "a"])


start("a").wait()
for each in [start("b"), start("c")]:
    each.wait()

# %%
unlike = "count(distinct id)"
query = f"select {unlike}, count(*) - {unlike} from priced"
print("priced, and twice:", shared.execute(query).fetchone())
owners = "select who, count(*) from priced group by who order by who"
print("a did", shared.execute(owners).fetchall()[0][1], "before it died")

# %% [markdown]
# One chunk is done twice, the one that a died in. Everything else was taken by exactly one worker. Looking
# at a finished piece costs one read.
#
# | you have | use | because |
# |---|---|---|
# | one machine, one file a night | this pipeline | nothing to operate |
# | a few workers, pieces known before | a shared saver and a lock for each thread | the loop above |
# | work that comes in all day | a queue, one thread a message | it spreads, retries and delays work |
# | runs started over HTTP | LangGraph's server | it has a task queue, and a thread has one run at a time |
# | arithmetic on large tables | Dask, or SQL | it moves code to data; a graph moves state |
#
# **Decide.** Stay on one machine until the profile says that its CPU is the limit. Here it waits for the
# service and the disk, and a second machine would only wait beside it.

# %% [markdown]
# ## What to remember
#
# 1. A fan-out wider than its pool saves nothing: loop over chunks that fit.
# 2. With `durability="sync"`, a kill costs one chunk at most.
# 3. The state has a cursor and counts. Records stay in the file, and results go into a table by their id.
# 4. Quarantine what you know is poison; let what you don't know stop the run.
# 5. Measure inside the node, then change one thing at a time.
#
# ## The mistakes of this lesson
#
# | what it looked like | what it was |
# |---|---|
# | forty results, none on disk | results queued behind sixty nodes, in the same pool |
# | a loop of chunks that loses several | the default durability, and a slow disk |
# | a database far larger than its file | the records were in the state |
# | a night that fails at the same order for ever | the node raised on poison |
# | a good report, and a whole file in quarantine | `except Exception`, and an expired key |
# | a fast branch that looks slow | the arrival of `updates` was measured |
# | two workers, two times the cost | nobody locks a thread |
#
# ## From here
#
# - [The exercises](exercises.ipynb) of this module: a warm-up, the pipeline in six steps, and a question.
#   The core exercises are `split_the_work`, `resume_where_it_stopped` and `run_the_night_shift`.
# - On the course's site, *Before you deploy* checks this pipeline in eight points, with a load test and a
#   rollback in mid-night; *Metrics to track* lists what it counts.
# - This is the last module for now.
# - LangGraph's own page on [durable execution](https://docs.langchain.com/oss/python/langgraph/durable-execution).
