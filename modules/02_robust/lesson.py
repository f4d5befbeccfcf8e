# %% [markdown]
# # Failure, retry, resume
#
# Mara buys a kettle for 40 euros. The shop charges her card in a node that asks a payment provider over
# HTTP. Networks fail now and then, so the node has the retry policy that most tutorials show.
#
# The provider is a real HTTP server on this machine. It keeps two books: what it was *asked*, and what it
# has *done*. It answers by a plan: a status, or one of four ways to go wrong. `reset` cuts the connection,
# `lost` does the work first and then cuts it, `hang` waits until the caller gives up, and `drip` answers
# one byte at a time.

# %%
import os
import tempfile

os.chdir(tempfile.mkdtemp())
os.environ["NO_PROXY"] = "127.0.0.1"  # calls stay on this machine

# %% [markdown]
# Tonight the network is bad: two answers are lost on their way back.
#
# > **Predict.** What does the run return, and what has Mara paid?

# %%
from langgraph.checkpoint.memory import InMemorySaver

from course.stage import Provider
from course.stage.shops import charging, thread

provider = Provider()
provider.plan(charge=["lost", "lost"])
shop = charging(provider).compile(checkpointer=InMemorySaver())
print(shop.invoke({"log": ["order 4711"]}, thread("mara")))
print("charges that the provider made:", len(provider.done))

# %% [markdown]
# There's no exception. The log says "charged 40 euros" once, and 120 euros are gone. The state isn't
# wrong: it holds what the *last* attempt returned. Here's the whole shop. (The lesson's other helpers are
# in `course/stage/`.)

# %% shows=7
from inspect import getsource

from IPython.display import Markdown

Markdown(f"```python\n{getsource(charging)}```")

# %% [markdown]
# For every failure you need to know three things: **what it leaves behind**, **what runs again** when you
# continue, and **what nobody can undo**. Each remedy gives a different answer:
#
# ```mermaid
# flowchart LR
#     accTitle: What to do when a node fails
#     accDescr: Return answers, retry what may go better, then handle or resume; a breaker spares the rest.
#     f["a node failed"] --> q{"is it an answer?"}
#     q -- yes --> s["return it in the state"]
#     q -- no --> r{"may it go better<br>in a moment?"}
#     r -- yes --> p["retry policy"] -- used up --> h
#     r -- no --> h{"do you have<br>a fallback?"}
#     h -- yes --> e["error handler<br>with a goto"]
#     h -- no --> u["let it raise;<br>resume with None"]
#     p -. "down for everybody" .-> b["circuit breaker"]
# ```

# %% [markdown]
# ## A node that raises loses its own work, and cancels async neighbours
#
# Before an order is sent, three nodes run at once: they take the goods from stock, print a label, and
# book a courier. `asking` makes a node that asks the provider and logs what it got. If the provider
# refuses, it raises a `ConnectionError`.

# %%
from functools import partial

from langgraph.graph import START, StateGraph

from course.stage import shops
from course.stage.shops import Order

ask = partial(shops.ask, provider)
asking = partial(shops.asking, provider)
builder = StateGraph(Order)
for what in ("stock", "label", "courier"):
    builder.add_node(what, asking(what)).add_edge(START, what)
builder.add_node("send", asking("send"))
builder.add_edge(["stock", "label", "courier"], "send")
parcels = builder.compile(checkpointer=InMemorySaver())

# %% [markdown]
# The courier answers 503, later than its neighbours, and there's no retry policy. A super-step ends with a
# checkpoint, and this one doesn't get that far. So what does the thread hold of `stock` and `label`?

# %%
import time

provider.plan(courier=(time.sleep(0.2) or 503 for _ in range(2)))
try:
    parcels.invoke({"log": ["order 4711"]}, thread("4711"))
except ConnectionError as problem:
    print("raised:", problem)

left = parcels.get_state(thread("4711"))
print("log:   ", sorted(left.values["log"]))
print("next:  ", left.next)
for task in left.tasks:
    print(f"  {task.name}: result {task.result}, error {task.error!r}")

# %% [markdown]
# It holds both. LangGraph saves a node's result as soon as the node returns, as *pending writes* of the
# checkpoint that its step began from. It saves the error too, but only as the string that you see: no class
# to catch, and no traceback. Log it where it's raised.
#
# The courier refuses once more. We continue with `None`, twice:

# %%
for _ in range(2):
    try:
        print(sorted(parcels.invoke(None, thread("4711"))["log"]))
    except ConnectionError as problem:
        print("raised:", problem)
print("asked:", shops.books(provider.asked))

# %% [markdown]
# Only the failed node ran again: `None` means "finish what's there". Most callers send the failed
# request again instead.
#
# > **Predict.** The courier refuses once, and the caller sends the same input again. Who is asked twice? And
# > what's in the log?

# %%
provider.plan(courier=[503])
order = {"log": ["order 4712"]}
try:
    parcels.invoke(order, thread("4712"))
except ConnectionError:
    print(sorted(parcels.invoke(order, thread("4712"))["log"]))
print("asked:", shops.books(provider.asked))

# %% [markdown]
# New input starts a new run. LangGraph drops the waiting results, so stock is taken twice, and the log
# has the input twice.
#
# Sync neighbours of a failed node run in threads. Nobody can stop a thread, so they finish, and their
# results are saved. Coroutines can be stopped, and they are:

# %%
import asyncio


async def slow(state):
    await asyncio.sleep(0.3)
    return {"log": ["slow"]}


async def bad(state):
    await asyncio.sleep(0.05)
    raise ConnectionError("refused")


builder = StateGraph(Order).add_node(slow).add_node(bad)
builder.add_edge(START, "slow").add_edge(START, "bad")
both = builder.compile(checkpointer=InMemorySaver())
try:
    await both.ainvoke({"log": []}, thread("async"))
except ConnectionError:
    left = await both.aget_state(thread("async"))
    print({task.name: task.error for task in left.tasks})

# %% [markdown]
# **Decide.** After a failure, continue with `None`, and send new input only for something new. Keep nodes
# with effects sync, or in steps of their own, if a neighbour may fail.

# %% [markdown]
# ## A failure that is an answer belongs in the state
#
# Not every error is worth an exception. "There's no such address" is an answer. Asking again brings the
# same one. A node that raises it leaves a thread that fails at each resume. A node that *returns* it, as
# `look_up` does, leaves a finished step, and the next node can act on it. It's tempting to turn *every*
# error into state, as `look_up_safely` does.

# %%
import httpx

from course.stage.shops import quick


def look_up(state):
    answer = httpx.post(f"{provider.url}/address")
    if answer.status_code == 404:
        return {"problem": "no such address"}
    answer.raise_for_status()
    return {"problem": None}


def look_up_safely(state):
    try:
        httpx.post(f"{provider.url}/address").raise_for_status()
        return {"problem": None}
    except Exception:
        return {"problem": "no such address"}


# %% [markdown]
# We try both on a 404, and on a server that's busy once:

# %%
for status in (404, 503):
    for node in (look_up, look_up_safely):
        provider.plan(address=[status])
        graph = StateGraph(dict).add_node("n", node, retry_policy=quick)
        end = graph.add_edge(START, "n").compile().invoke({})
        print(status, f"{node.__name__:<15}", end=" ")
        print(len(provider.asked), "calls, problem:", end["problem"])

# %% [markdown]
# The last line is a lie, saved as a fact: the server was busy. LangGraph never retries an error that you
# catch inside, and the history doesn't have it.
#
# **Decide.** Catch the errors that you can *name*, return those that are answers, and let the rest out.

# %% [markdown]
# ## The default policy retries a 404 and gives up on a timeout
#
# An error that you let out meets `retry_on`. Its default looks made for HTTP clients: it imports
# `requests` and `httpx`. `attempts` makes the same call through either, at most three times.
#
# > **Predict.** 404, 429 (too many requests), 503, a connection that's reset, a server that hangs, an answer
# > that isn't JSON: which of the twelve are asked three times?

# %%
import requests

from course.stage.shops import attempts

print(f"{'':<12}{'requests':<32}httpx")
for said in (404, 429, 503, "reset", "hang", 200):
    label = "not JSON" if said == 200 else said
    left = attempts(provider, requests, said)
    print(f"{label!s:<12}{left:<32}{attempts(provider, httpx, said)}")

# %% [markdown]
# In the left column a 404 is retried. A reset and a timeout, which go away by themselves, end the run at
# once. The right column is better, but for 429. There are two causes:

# %%
from langgraph.types import RetryPolicy

provider.plan(price=[404])
answer = requests.post(f"{provider.url}/price")
print("requests: bool(a 404) is", bool(answer))
print("httpx:    bool(a 404) is", bool(httpx.Response(404)))
for timeout in (requests.Timeout, httpx.ReadTimeout):
    print(timeout, "is an OSError:", issubclass(timeout, OSError))
builtin = (ConnectionError, TimeoutError, OSError, RuntimeError, KeyError)
retried = [k.__name__ for k in builtin if RetryPolicy().retry_on(k())]
print("built-in errors that are retried:", retried)

# %% [markdown]
# The default asks `if exc.response`, and in `requests` a 404 response is false. It also gives up on most
# built-in errors, such as `OSError`, and all errors of `requests` derive from that one. Errors of `httpx`
# derive from `Exception`, and the default retries what it doesn't know.
#
# **Decide.** Write `retry_on` yourself: a class, a tuple of classes, or a function of the error that says
# whether the same call may go better next time. You'll do it for both clients in `classify_errors`.

# %% [markdown]
# ## A policy counts the first attempt, and its jitter is up to a second
#
# *Further: on the core path, run these cells and read only what **Decide** says.*
#
# `pauses` lists the pauses between a failing node's attempts, without waiting. How many pauses does
# `max_attempts=5` make? And with `jitter=True`, the default, how long is the longest of 999 pauses of at
# most 0.1 s?

# %%
from course.stage.shops import pauses

fields = RetryPolicy()._asdict()
print({name: fields[name] for name in fields if name != "retry_on"})
print("max_attempts=5:", pauses(RetryPolicy(max_attempts=5, jitter=False)))
print("max_attempts=1:", pauses(RetryPolicy(max_attempts=1)))

many = pauses(RetryPolicy(0.1, max_interval=0.1, max_attempts=1000))
print(f"0.1 s at most, with jitter: {min(many):.1f} to {max(many):.1f} s")

# %% [markdown]
# Five attempts have four pauses, and `max_attempts=1` means no retry. Jitter adds between zero and one
# *second*, whatever the interval, and it does so after `max_interval`: a pause of at most 0.1 s became 1.1 s
# long. And no field limits the time.
#
# Retries are quiet in one way and loud in another. This node lets its model answer, and then fails twice:

# %%
from course import chat_model

clerk = chat_model(lambda messages: "Your refund is on its way. ")
quiet = ["values", "updates", "checkpoints", "tasks", "debug"]
for fails in (0, 2):
    events = shops.streamed(clerk, fails, quiet)
    print("events of the thread:", len(events))
    said = shops.streamed(clerk, fails, "messages")
    print("she reads:", "".join(chunk.text for chunk, _ in said))

# %% [markdown]
# The thread has no more events than before, so a service that has needed its third attempt all week looks
# healthy until the day it needs a fourth. And yet she's told three times: everything a node *sends*, by
# `messages`, `custom` or `astream_events`, goes out again with each attempt.
#
# **Decide.** Set `initial_interval` to a second or more, so that jitter doesn't dwarf it, and log
# `node_attempt`. Call what can fail before the model speaks, or in a node before it.

# %% [markdown]
# ## A retry repeats everything inside the node, a resume only what is missing
#
# Paying now takes two calls: reserve the money, then capture it. One shop made a subgraph of them. Another
# made `reserve` a `@task`, whose result is saved as soon as it's there. Both run it as one node, `pay`.

# %%
from langgraph.func import task

steps = StateGraph(Order)
for name in ("reserve", "capture"):
    steps.add_node(name, asking(name))
steps.add_edge(START, "reserve").add_edge("reserve", "capture")


@task
def reserve():
    ask("reserve")


def with_task(state):
    reserve().result()
    ask("capture")


def shop_that_pays(node, policy):
    graph = StateGraph(Order).add_node("pay", node, retry_policy=policy)
    graph.add_edge(START, "pay")
    return graph.compile(checkpointer=InMemorySaver())


# %% [markdown]
# > **Predict.** Capturing is refused twice. Once the node has a retry policy. Once it has none, and we
# > continue with `None` after each failure. How often is `reserve` asked, in each shop?

# %%
for shop, node in (("subgraph", steps.compile()), ("task    ", with_task)):
    for way, policy in (("retry: ", quick), ("resume:", None)):
        provider.plan(capture=[503, 503])
        shops.until_done(shop_that_pays(node, policy), {"log": []})
        print(shop, way, *provider.asked)

# %% [markdown]
# A retry runs the node from its first line, whatever is saved inside it. A resume reads what's saved.
#
# So put a policy on the smallest thing that can fail: the inner node, or the task. And put it on *one*
# layer. Here the outer node, the inner node, and a loop inside it each make three attempts:


# %%
def stubborn(state):
    for left in (2, 1, 0):
        try:
            ask("capture")
        except ConnectionError:
            if not left:
                raise


inner = StateGraph(Order).add_node("pay", stubborn, retry_policy=quick)
inner.add_edge(START, "pay")
provider.plan(capture=[503] * 99)
try:
    shop_that_pays(inner.compile(), quick).invoke({"log": []}, thread("p"))
except ConnectionError:
    print("calls:", len(provider.asked))

# %% [markdown]
# That makes three times three times three calls, for one order.
#
# **Decide.** Let one layer retry, and let the error pass through everything above it. The outer graph's
# `set_node_defaults` counts as a layer, too. In `retry_budget`, you'll give each call one budget, of
# attempts and of time.

# %% [markdown]
# ## A timeout stops what can be awaited, and nothing else
#
# *Further: on the core path, run these cells and read only what **Decide** says.*
#
# LangGraph has two timeouts. The first is an argument of `add_node`: seconds, or a `TimeoutPolicy` with a
# `run_timeout` for the whole attempt and an `idle_timeout` for the time without any progress. A plain
# function refuses it when you compile. The other, `step_timeout`, is an attribute of the compiled graph. It
# takes any node.
#
# > **Predict.** The node takes half a second, and `step_timeout` is a tenth. In which order do three events
# > come: the node begins, the node ends, `TimeoutError`? And what does the thread hold afterwards?

# %%
events = []


def quote(state):
    events.append("node begins")
    ask("quote")
    time.sleep(0.5)
    events.append("node ends")
    return {"log": ["quoted 690"]}


# %%
graph = StateGraph(Order).add_node(quote).add_edge(START, "quote")
graph = graph.compile(checkpointer=InMemorySaver())
graph.step_timeout = 0.1
provider.plan()
try:
    graph.invoke({"log": []}, thread("q"))
except TimeoutError:
    events.append("TimeoutError")
print(events)
print("the thread holds:", graph.get_state(thread("q")).values["log"])
again = graph.invoke(None, thread("q"))["log"]
print("and on we go:    ", again, "| asked:", len(provider.asked))

# %% [markdown]
# The caller waited to the end and was told that the step had timed out. The late result is in the thread
# all the same. Python can't stop a thread, so `step_timeout` only reports that a step took too long, once
# it's over.
#
# Async nodes can be stopped wherever they `await`, and only there. Here are three, with `timeout=0.1`:


# %%
async def patient(state):
    await asyncio.sleep(0.5)


async def blocking(state):
    time.sleep(0.5)


async def handing_over(state):
    await asyncio.to_thread(time.sleep, 0.5)


for node in (patient, blocking, handing_over):
    graph = StateGraph(Order).add_node("n", node, timeout=0.1)
    graph = graph.add_edge(START, "n").compile()
    try:
        await graph.ainvoke({"log": []})
        print(node.__name__, "-> not stopped")
    except Exception as problem:
        kind, retried = type(problem).__name__, quick.retry_on(problem)
        print(node.__name__, "->", kind, "retried:", retried)

# %% [markdown]
# A `NodeTimeoutError` isn't a `TimeoutError`: by default LangGraph retries the one and not the other. It
# doesn't stop the node that blocks, which also holds up every other coroutine in the process. With
# `to_thread` the *node* returns in time, but the call continues in its thread, and may still take effect.
#
# The client's own timeout does stop a call. By default, `httpx` waits five seconds and `requests` for ever:

# %%
provider.plan(quote=["drip"])
started = time.monotonic()
answer = requests.post(f"{provider.url}/quote", timeout=0.8)
print("timeout=0.8:", answer.text)
print("took longer than that:", time.monotonic() - started > 0.8)

# %% [markdown]
# Ten bytes came, a tenth of a second apart. Both clients' timeout is for each *read*, not for the call. A
# deadline for the whole call needs a clock of its own, and a rule for answers that come too late.
#
# **Decide.** Give every call the client's timeout, and hand blocking calls in async nodes to a thread.
# Use `step_timeout` as an alarm only. You'll build a deadline that holds in `meet_deadline`.

# %% [markdown]
# ## An error handler that returns a dict ends its branch
#
# *Further: on the core path, run these cells and read only what **Decide** says.*
#
# When the attempts are used up, an `error_handler` may still save the run. It gets the state and the error,
# and LangGraph saves its update in place of the node's. If no courier can be booked, the parcel goes by
# post. Here are three handlers:

# %%
from langgraph.errors import NodeError
from langgraph.types import Command


def by_post(state: Order, error: NodeError):
    return {"log": [f"by post, as {error.error}"]}


def by_post_and_on(state: Order, error: NodeError):
    return Command(update=by_post(state, error), goto="send")


def raises_it_again(state: Order, error: NodeError):
    raise error.error


# %%
def booked(handler):
    graph = shops.booking(provider, handler)
    try:
        print("log:   ", graph.invoke({"log": []}, thread("h"))["log"])
    except ConnectionError as problem:
        print("raised:", problem)
    tasks = len(graph.get_state(thread("h")).tasks)
    print("asked: ", shops.books(provider.asked), "| tasks left:", tasks)
    return graph


# %% [markdown]
# > **Predict.** The courier refuses three times, and the handler returns a dict. What's in the provider's
# > book, and is anything raised?

# %%
_ = booked(by_post)
# %% [markdown]
# `send` never ran. Nothing raised, the thread is finished, and the parcel is still on the table. LangGraph
# follows the edge from `courier` when `courier` returns, and it never did. The handler has no edges of its
# own, so it has to say where to continue:

# %%
history = booked(by_post_and_on).get_state_history(thread("h"))
errors = [task.error for s in history for task in s.tasks if task.error]
print("errors in the history:", errors)

# %% [markdown]
# The history keeps the error that was handled, but nobody looks there. So say in the state that this is a
# fallback.
#
# Now compare no handler at all with one that raises:

# %%
for handler in (None, raises_it_again):
    booked(handler)

# %% [markdown]
# With a handler that raises, the thread has no task left, so `invoke(None)` after the repair does
# nothing.
#
# **Decide.** A handler returns a `Command` with a `goto`, and never raises. Send errors that it doesn't
# know to a node that parks them. Leave the handler out if you have no fallback.

# %% [markdown]
# ## Keep a circuit breaker's count in a database, not in state or a global
#
# *Further: on the core path, run these cells and read only what **Decide** says.*
#
# A fallback after three attempts costs three calls and three waits, for each customer, for as long as the
# backend is down. A *circuit breaker* stops asking:
#
# ```mermaid
# stateDiagram-v2
#     accTitle: The three states of a circuit breaker
#     accDescr: Failures in a row open it, time makes it half-open, and a probe closes it or opens it again.
#     direction LR
#     closed: closed<br>all ask
#     open: open<br>all are refused
#     half: half-open<br>one asks, as a probe
#     [*] --> closed
#     closed --> open: N failures in a row
#     open --> half: the cooldown is over
#     half --> closed: the probe is answered
#     half --> open: the probe fails
# ```
#
# LangGraph has none. There are two obvious places for the failure count: a thread's state and a global
# variable. The courier is down, and the limit is two failures. With the count in the state, five
# customers ask twice each:

# %%
from course.stage import breakers

url = f"{provider.url}/courier"
desk = breakers.in_state(url)
provider.plan(courier=[503] * 99)
for name in ("mara", "ben", "ida", "leo", "eve"):
    said = [desk.invoke({}, thread(name))["outcome"] for _ in range(2)]
    print(name, said)
print("calls:", len(provider.asked))

# %% [markdown]
# That's ten calls of ten. A thread's state belongs to one customer, so each has to find out alone. With the
# count in a global variable, three workers serve four customers each:

# %%
import sys
from subprocess import PIPE, Popen

provider.plan(courier=[503] * 99)
command = [sys.executable, "-m", "course.stage.breakers", url]
workers = [Popen(command, stdout=PIPE, text=True) for _ in range(3)]
for worker in workers:
    print(worker.communicate()[0].strip())
print("calls:", len(provider.asked))

# %% [markdown]
# It works, but only within each process. Forty workers that restart every few minutes will call a dead
# backend all day. Put the count where every caller can read it: in a database row under the backend's
# name, outside all threads. When the cooldown is over, forty workers may read that at the same moment,
# and each may send its probe. So looking and claiming must be *one* transaction.
#
# **Decide.** Use a breaker if a dead backend costs your customers time, or costs the backend its
# recovery. It costs a database read per call. You'll write it in `circuit_breaker`.

# %% [markdown]
# ## After a kill, an empty `next` does not mean finished
#
# From here on, the process dies. This job has three nodes: pick, pack, send. Each one writes to a ledger
# that it has run, and can be told to die right after that.
#
# After a node, LangGraph writes twice: first the node's result into the table `writes`, then the whole
# state into `checkpoints`. A process can be killed before, between, and after these writes:
#
# ```mermaid
# flowchart LR
#     accTitle: The two writes after a node
#     accDescr: A result goes into writes, then its step into checkpoints. A kill can come before either.
#     run["pack runs"] --> w[("its result<br>in writes")] --> c[("step 2 in<br>checkpoints")] --> n["send"]
#     k1(["killed here:<br>pack is next"]) -.-> w
#     k2(["killed here:<br>?"]) -.-> c
# ```
#
# Waiting for the unlucky moment could take weeks. So these jobs use a saver that dies just before the second
# write, once the first is done.
#
# > **Predict.** One job is killed between the two writes of `pack`. A supervisor restarts jobs as long as
# > `next` names a node. What does it do with this one?

# %%
from course.stage import jobs

graph = jobs.build(jobs.open_saver())
print("exit status:", jobs.killed("half", at="2"))

half = graph.get_state(thread("half"))
verdict = "unfinished" if half.next else "done"
print("next: ", half.next, "so the supervisor reports the job as", verdict)
print("log:  ", half.values["log"])
print("tasks:", [(task.name, task.result) for task in half.tasks])

# %% [markdown]
# It reports the job as done, and the parcel was never sent. `get_state` merges the waiting result into
# `values`, and `next` leaves out every node that has one. LangGraph doesn't know what comes *after* those
# nodes before the step is committed, so `next` is empty. `tasks` tells you the truth: the uncommitted
# step has one, with its result.

# %%
from course import timeline

timeline(graph, thread("half"))

# %% [markdown]
# We start three more jobs. One is killed while its first checkpoint is written, one in the middle of
# `pack`, and one is left in peace. A restart can find no other kind of thread:

# %%
for name, at in (("lost", "-1"), ("broken", "pack"), ("whole", "never")):
    jobs.killed(name, at)

for name in ("lost", "broken", "half", "whole"):
    found = graph.get_state(thread(name))
    saved = "saved" if found.created_at else "nothing saved"
    tasks = [task.name for task in found.tasks]
    print(f"{name:<7} {saved:<13} | next {found.next} | tasks {tasks}")

# %% [markdown]
# Here's `invoke(None, …)` on each of the four:

# %%
from langgraph.errors import EmptyInputError

for name in ("lost", "broken", "half", "whole"):
    try:
        end = graph.invoke(None, thread(name))["log"][1:]
    except EmptyInputError:
        end = "EmptyInputError"
    print(f"{name:<7} {end} | has run: {jobs.has_run(name)}")

# %% [markdown]
# Where nothing was saved, the input is gone, too, and the caller must send it again. The broken job ran
# `pack` a second time, because its result hadn't been saved. The half-committed one repeated nothing, and
# the whole one didn't run at all. `None` was right for all three.
#
# One case is left. The whole job gets a second input, and is killed while that's being saved, at step 4:

# %%
jobs.killed("whole", at="4")
again = graph.get_state(thread("whole"))
print("next", again.next, "| tasks", again.tasks)

# %% [markdown]
# A thread that has lost its second input looks as finished as before. The database can't tell you.
#
# **Decide.** Restart whatever has `tasks`, with `None`, and send the input again where nothing was saved.
# If you need to know whether a later input arrived, save a request id in the state and check for it.

# %% [markdown]
# ## A node runs at least once, so its effects need a name
#
# `pack` ran twice. Had it been the charge, Mara would have paid twice, and no durability mode helps. The
# money moves over there, the checkpoint is written over here, and the process can always die in between.
# Recording "charged" *before* the call doesn't help either: now a crash means that she's never charged.
#
# You need a provider that recognises a call it's already seen. Ours does, as real ones do: if you send an
# `Idempotency-Key` a second time, you get the answer and no second charge.
#
# The shop now has an agent. Its model calls the tool `charge`, which sends no key or one of three kinds:
# `uuid` is a new `uuid4()` for each attempt, `task` is LangGraph's own name for this run of this node
# (`task_id`), and `call` is the model's name for this call (`tool_call_id`). This script pays, and dies
# before that is saved:

# %%
# %%writefile pay_and_die.py
import os
import sys
from functools import partial

from course import chat_model
from course.stage import jobs, paying, shops

url, kind = sys.argv[1:]
saver, model = jobs.open_saver(), chat_model(paying.cashier)
die = partial(os.kill, os.getpid(), 9)
agent = paying.agent(saver, model, url, kind, after=die)
order = {"messages": [("user", "Order 4711, please.")]}
agent.invoke(order, shops.thread(kind), durability="sync")

# %% [markdown]
# > **Predict.** How many charges does each kind of key make, if two answers are lost? And how many if the
# > process is killed after the charge, and the run is resumed here?

# %%
from course.stage import paying

model, saver = chat_model(paying.cashier), jobs.open_saver()
order = {"messages": [("user", "Order 4711, please.")]}
for kind in ("none", "uuid", "task", "call"):
    agent = paying.agent(saver, model, provider.url, kind)
    provider.plan(charge=["lost", "lost"])
    agent.invoke(order, thread(f"{kind}, retried"))
    retried = len(provider.done)

    provider.plan()
    pay = [sys.executable, "pay_and_die.py", provider.url, kind]
    Popen(pay).wait()
    agent.invoke(None, thread(kind))
    print(f"{kind}: retried {retried}, killed {len(provider.done)}")

# %% [markdown]
# A key that's made during the attempt only names that attempt. The other two are the same in every retry
# and in a resumed process, so Mara pays once.
#
# But then somebody replays her finished order from before the charge, to find a bug. And Mara, who hasn't
# seen a confirmation, clicks again, which starts another thread:

# %%
for kind in ("task", "call"):
    agent = paying.agent(saver, model, provider.url, kind)
    provider.plan()
    agent.invoke(order, thread(f"{kind}, paid"))
    history = agent.get_state_history(thread(f"{kind}, paid"))
    before = next(s for s in history if s.next == ("tools",))
    agent.invoke(None, before.config)
    replayed = len(provider.done)
    agent.invoke(order, thread(f"{kind}, again"))
    print(f"{kind}: replayed {replayed}, clicked {len(provider.done)}")

# %% [markdown]
# The task's id names a task of one checkpoint, and a replay makes a new checkpoint. The call's id is in the
# model's message, so it survives the replay. But when Mara clicks again, the model writes a new message,
# and neither key knows the order. The provider has to recognise something that's older than all of these,
# and neither LangGraph nor the model can name it.
#
# **Decide.** Ask what the *business* calls this effect, so that nobody could want it twice under that
# name, and use that as the key. You'll find it in `one_effect_per_order`.

# %% [markdown]
# ## What to remember
#
# 1. A failed step keeps what its other nodes returned (async ones are cancelled). `None` uses it, new input
#    drops it.
# 2. A retry repeats the whole node, and what it sends to the customer. A resume repeats only what isn't
#    saved.
# 3. Decide yourself which errors are worth a retry, and put the policy on one layer. No policy limits
#    the time.
# 4. A thread can't be stopped. A late answer is saved, and a call cut off here may have worked over there.
# 5. A thread with `tasks` is unfinished, whatever `next` says. A node that has run may run again, so name its
#    effects.
#
# ## The mistakes of this lesson
#
# | what it looked like | what it was |
# |---|---|
# | one "charged" in the log, 120 euros gone | a retry of a call whose answer was lost |
# | "no such address", for an address that exists | `except Exception` inside the node |
# | no error, and a parcel that stays on the table | an error handler that returns a dict |
# | a breaker that never opens, or opens forty times | its count in a thread's state, or in a global |
# | a job "done" that was never sent | `next` read, and `tasks` not |
# | a second click, a second charge | a key that LangGraph or the model made |
#
# ## From here
#
# - [The exercises](exercises.ipynb) of this module: seven to build, with `check()` to tell you at once, and
#   one incident to read.
# - Next module: [waiting for people](../03_people/lesson.ipynb): what a pause is, and what can go
#   wrong between a question and its answer.
# - LangGraph's own page on [durable execution](https://docs.langchain.com/oss/python/langgraph/durable-execution).
