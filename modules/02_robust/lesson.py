# %% [markdown]
# # Failure, retry, resume
#
# Mara buys a kettle for 40 euros. The shop charges her card in a node that asks a payment provider over
# HTTP. Calls over a network fail now and then, so the node has a retry policy, the one that most tutorials
# show.
#
# The provider is a real HTTP server on this machine. It answers by a plan that we give it, and keeps two
# books: what it was *asked*, and what it has *done*. A planned answer is a status or one of four ways to go
# wrong: `reset` cuts the connection, `lost` does the work first and then cuts it, `hang` waits until the
# caller gives up, and `drip` answers one byte at a time.

# %%
import os
import tempfile

os.chdir(tempfile.mkdtemp())
os.environ["NO_PROXY"] = "127.0.0.1"  # what is asked here stays on this machine

# %%
import socket
import struct
import time
from http.server import BaseHTTPRequestHandler


class Wire(BaseHTTPRequestHandler):
    def say(self, status, pause=0):
        self.send_response(status)
        self.end_headers()
        for byte in b"ten bytes.":
            time.sleep(pause)
            self.wfile.write(bytes([byte]))

    def cut(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def log_message(self, *args):
        pass


# %%
class Answer(Wire):
    def do_POST(self):
        what, books = self.path.strip("/"), self.server
        books.asked.append(what)
        told = next(books.planned.get(what, iter(())), 200)
        if told in (200, "lost") and (key := self.headers["Idempotency-Key"]) not in books.keys:
            books.done.append(what)
            books.keys |= {key} - {None}  # a key that was seen is not served twice
        if told in ("reset", "lost"):
            self.cut()
        elif told == "hang":
            self.connection.recv(1)  # nothing comes, until the caller is gone
        elif told == "drip":
            self.say(200, pause=0.1)
        else:
            self.say(told)


# %%
import threading
from http.server import ThreadingHTTPServer


class Provider(ThreadingHTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.plan()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_): ...  # a caller who has given up does not listen

    def plan(self, **answers):
        """Open a new page in the books. What is not planned for is answered with 200."""
        self.planned = {what: iter(answer) for what, answer in answers.items()}
        self.asked, self.done, self.keys = [], [], set()


# %% [markdown]
# And this is the shop: one node, and LangGraph's retry policy with short pauses.

# %%
import operator
from typing import Annotated, TypedDict

import httpx
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.types import RetryPolicy


class Order(TypedDict):
    log: Annotated[list[str], operator.add]


def charge(state: Order):
    httpx.post(f"{provider.url}/charge").raise_for_status()
    return {"log": ["charged 40 euros"]}


provider = Provider()
quick = RetryPolicy(initial_interval=0.01, jitter=False)
shop = StateGraph(Order).add_node("charge", charge, retry_policy=quick).add_edge(START, "charge")

# %% [markdown]
# Tonight the network is bad: two answers are lost on their way back.
#
# > **Predict.** What does the run return, and what has Mara paid?

# %%
provider.plan(charge=["lost", "lost"])
mara = {"configurable": {"thread_id": "mara"}}
print(shop.compile(checkpointer=InMemorySaver()).invoke({"log": ["order 4711"]}, mara))
print("charges that the provider made:", len(provider.done))

# %% [markdown]
# No exception, a log that says "charged 40 euros" once, and 120 euros gone. The state isn't wrong: it holds
# what the *last* attempt returned.
#
# For every failure there are three things to know: **what it leaves behind**, **what is done again** when
# you go on, and **what nobody can undo**. Retry, resume, timeout and fallback each give another answer.

# %% [markdown]
# ## A node that raises loses its own work, and cancels async neighbours
#
# Before an order is sent, three things happen at once: goods are taken from stock, a label is printed,
# and a courier is booked. Each asks the provider. `ask` raises what is refused as a `ConnectionError`.

# %%
from IPython.display import Markdown


def thread(name):
    return {"configurable": {"thread_id": name}}


def ask(what):
    status = httpx.post(f"{provider.url}/{what}").status_code
    if status != 200:
        raise ConnectionError(f"{what} answered {status}")


def asking(what):
    def node(state):
        ask(what)
        return {"log": [what]}

    return node


# %%
import sqlite3

from langgraph.checkpoint.sqlite import SqliteSaver

builder = StateGraph(Order)
for what in ("stock", "label", "courier"):
    builder.add_node(what, asking(what)).add_edge(START, what)
builder.add_node("send", asking("send")).add_edge(["stock", "label", "courier"], "send")
parcels = builder.compile(checkpointer=SqliteSaver(sqlite3.connect("orders.db", check_same_thread=False)))


def draw(graph):
    return Markdown(f"```mermaid\n{graph.get_graph().draw_mermaid(with_styles=False)}```")


draw(parcels)

# %% [markdown]
# > **Predict.** The courier answers 503, and there is no retry policy. Super-steps end with a checkpoint,
# > and this one did not come to its end. What does the thread hold of `stock` and `label`?

# %%
provider.plan(courier=[503, 503])
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
# Both, although no checkpoint was made. What a node returns is saved as soon as it returns, as *pending
# writes* of the checkpoint that its step began from, and whoever reads the thread sees it. The error is
# saved too, as the string that you see: no class to catch, no traceback. Log it where it is raised.
#
# > **Predict.** The courier refuses once more. We go on with `None`, twice. How often has each of the four
# > been asked in the end?

# %%
from collections import Counter


def books(page):
    return dict(sorted(Counter(page).items()))


for _ in range(2):
    try:
        print(sorted(parcels.invoke(None, thread("4711"))["log"]))
    except ConnectionError as problem:
        print("raised:", problem)
print("asked:", books(provider.asked))

# %% [markdown]
# Only the failed node ran again: `None` means, finish what is there. Most callers do something else when a
# request has failed. They send it again.
#
# > **Predict.** The courier refuses once, and the caller sends the same input again. Who is asked twice? What
# > is in the log?

# %%
provider.plan(courier=[503])
try:
    parcels.invoke({"log": ["order 4712"]}, thread("4712"))
except ConnectionError:
    print(sorted(parcels.invoke({"log": ["order 4712"]}, thread("4712"))["log"]))
print("asked:", books(provider.asked))

# %% [markdown]
# New input begins a new run. The waiting results are thrown away, stock is taken twice, and the input stands
# in the log twice.
#
# One thing before you make your nodes `async`. Sync neighbours of a failed node run in threads, which
# can't be stopped, so they finish and their results are saved. Coroutines can be stopped, and are:

# %%
import asyncio


async def slow(state):
    await asyncio.sleep(0.3)
    return {"log": ["slow"]}


async def bad(state):
    await asyncio.sleep(0.05)
    raise ConnectionError("refused")


both = StateGraph(Order).add_node(slow).add_node(bad).add_edge(START, "slow").add_edge(START, "bad")
both = both.compile(checkpointer=InMemorySaver())
try:
    await both.ainvoke({"log": []}, thread("async"))
except ConnectionError:
    print({task.name: task.error for task in (await both.aget_state(thread("async"))).tasks})

# %% [markdown]
# ## A failure that is an answer belongs in the state
#
# Not every error is worth an exception. "There is no such address" is an answer: asking again will bring
# the same, and somebody has to be told. A node that raises it leaves a thread that fails at each resume.
# A node that *returns* it leaves a finished step, and the next one can act on it:

# %%
from typing import NotRequired


class Delivery(TypedDict):
    address: str
    problem: NotRequired[str | None]


def look_up(state: Delivery):
    status = httpx.post(f"{provider.url}/address").status_code
    if status == 404:
        return {"problem": f"no such address: {state['address']}"}
    if status != 200:
        raise ConnectionError(f"address answered {status}")
    return {"problem": None}


def route(state: Delivery):
    return "ask_customer" if state["problem"] else "send"


# %%
def delivery(look_up):
    graph = StateGraph(Delivery).add_node("look_up", look_up, retry_policy=quick)
    graph.add_node("ask_customer", lambda state: None).add_node("send", lambda state: None)
    graph.add_edge(START, "look_up").add_conditional_edges("look_up", route, ["ask_customer", "send"])
    return graph.compile(checkpointer=InMemorySaver())


draw(delivery(look_up))

# %% [markdown]
# It is tempting to go one step further and turn *every* error into state. Then nothing ever raises.
#
# > **Predict.** `look_up_safely` does that. The server answers 404 in one run, and 503 once in the other. How
# > many calls does each version make, and what does it report?


# %%
def look_up_safely(state: Delivery):
    try:
        httpx.post(f"{provider.url}/address").raise_for_status()
        return {"problem": None}
    except Exception:
        return {"problem": f"no such address: {state['address']}"}


for status in (404, 503):
    for node in (look_up, look_up_safely):
        provider.plan(address=[status])
        end = delivery(node).invoke({"address": "Elm Street 1"}, thread("d"))
        print(status, f"{node.__name__:<15}", len(provider.asked), "calls, problem:", end["problem"])

# %% [markdown]
# The last line is a lie, saved as a fact: the server was busy. An error that's caught inside is never retried
# and never in the history. Catch the errors that you can *name*, return those that are answers, and let the
# rest out.

# %% [markdown]
# ## The default policy retries a 404 and gives up on a timeout
#
# What is let out meets `retry_on`, and its default looks made for HTTP clients: it imports both of them.
# Here's the same call through `requests` and `httpx`, with three attempts each.

# %%
import requests


def attempts(client, said):
    def node(state):
        answer = client.post(f"{provider.url}/price", timeout=0.6)
        answer.raise_for_status()
        return {"log": [answer.json()]}

    provider.plan(price=[said] * 3)
    try:
        StateGraph(Order).add_node("n", node, retry_policy=quick).add_edge(START, "n").compile().invoke({})
    except Exception as problem:
        return f"{len(provider.asked)} calls  {type(problem).__name__}"


# %% [markdown]
# > **Predict.** 404, 429 (too many requests), 503, a connection that is reset, a server that hangs, an answer
# > that is not JSON: which of the twelve are asked three times? Write your twelve down first.

# %%
print(f"{'':<12}{'requests':<32}httpx")
for said in (404, 429, 503, "reset", "hang", 200):
    label = "not JSON" if said == 200 else said
    print(f"{label!s:<12}{attempts(requests, said):<32}{attempts(httpx, said)}")

# %% [markdown]
# In the left column a 404 is retried, and reset and timeout, which go away by themselves, end the run at
# once. The right column is closer to the mark, but for 429. There are two causes, and both can be seen:

# %%
provider.plan(price=[404])
print("requests: bool(a 404) is", bool(requests.post(f"{provider.url}/price")))
print("httpx:    bool(a 404) is", bool(httpx.Response(404)))
for kind in (requests.ConnectionError, requests.Timeout, httpx.ConnectError, httpx.ReadTimeout):
    print(f"{kind.__module__}.{kind.__name__}: an OSError is", issubclass(kind, OSError))
own = (ConnectionError, TimeoutError, OSError, RuntimeError, ValueError, KeyError)
print("of Python's own, retried:", [kind.__name__ for kind in own if RetryPolicy().retry_on(kind())])

# %% [markdown]
# The default asks `if exc.response` to see whether there is one, and a 404 of `requests` counts as false. And
# it gives up on most errors of Python's own, `OSError` with them, from which `requests` derives all of its.
# (The `ConnectionError` of `requests` is not Python's.) Errors of `httpx` come from `Exception`, and what the
# default does not know, it retries.
#
# So **write `retry_on` yourself**: a class, a tuple of classes, or a function of the error that says
# whether the same call may go better next time. In `classify_errors` you do it for both clients.

# %% [markdown]
# ## A policy counts the first attempt, and its jitter is up to a second
#
# The other fields have surprises too. So that nobody has to wait for them, the pauses are not made here but
# noted down.

# %%
from unittest.mock import Mock, patch


def pauses(policy):
    slept = []

    def node(state):
        raise ConnectionError

    graph = StateGraph(Order).add_node("n", node, retry_policy=policy).add_edge(START, "n").compile()
    with patch("langgraph.pregel._retry.time", Mock(wraps=time, sleep=slept.append)):
        try:
            graph.invoke({})
        except ConnectionError:
            return slept


# %% [markdown]
# > **Predict.** How many pauses does `max_attempts=5` make? And 999 pauses of 0.1 s at most, with
# > `jitter=True`, the default: how long is the longest?

# %%
print({name: value for name, value in RetryPolicy()._asdict().items() if name != "retry_on"})
print("max_attempts=5:", pauses(RetryPolicy(max_attempts=5, jitter=False)))
print("max_attempts=1:", pauses(RetryPolicy(max_attempts=1)))

many = pauses(RetryPolicy(initial_interval=0.1, max_interval=0.1, max_attempts=1000))
print(f"0.1 s at most, with jitter: {min(many):.1f} to {max(many):.1f} s")

# %% [markdown]
# Five attempts have four pauses, and `max_attempts=1` is no retry. Jitter adds between zero and one
# *second*, whatever the interval, and after `max_interval` has been applied: a pause of at most 0.1 s
# became one of 1.1 s. And no field limits the time. Three attempts at a server that takes a minute to fail
# are three minutes.
#
# > **Predict.** A node lets its model answer, and then the booking fails, twice. How many more events of the
# > thread come out than if it works at once? And what does the customer read, who is sent `messages`?

# %%
from langgraph.runtime import Runtime

from course import chat_model

clerk = chat_model(lambda messages: "Your refund is on its way. ")


def streamed(fails, modes):
    def node(state, runtime: Runtime):
        clerk.invoke("Where is my refund?")
        if runtime.execution_info.node_attempt <= fails:
            raise ConnectionError
        return {"log": ["done"]}

    graph = StateGraph(Order).add_node("n", node, retry_policy=quick).add_edge(START, "n")
    return list(graph.compile(checkpointer=InMemorySaver()).stream({}, thread("s"), stream_mode=modes))


for fails in (0, 2):
    thread_events = streamed(fails, ["values", "updates", "checkpoints", "tasks", "debug"])
    print("events of the thread:", len(thread_events))
    print("she reads:", "".join(chunk.text for chunk, _ in streamed(fails, "messages")))

# %% [markdown]
# None more, and yet she's told three times. The modes that show the thread, and its checkpoints, hold no
# trace of a retry. So a service that has needed its third attempt all week looks healthy until the day it
# needs a fourth. Log `node_attempt`. But whatever a node *sends*, by `messages`, `custom` or
# `astream_events`, goes out again with each attempt. Call what can fail before the model speaks, or in a
# node before it.

# %% [markdown]
# ## A retry repeats everything inside the node, a resume only what is missing
#
# Paying now takes two calls: reserve the money, then capture it. One shop has made a subgraph of them,
# another a `@task`, whose result is saved as soon as it is there. Both run it as one node, `pay`.

# %%
from langgraph.func import task

steps = StateGraph(Order).add_node("reserve", asking("reserve")).add_node("capture", asking("capture"))
subgraph = steps.add_edge(START, "reserve").add_edge("reserve", "capture").compile()


@task
def reserve():
    ask("reserve")


def with_task(state):
    reserve().result()
    ask("capture")


def shop_that_pays(node, policy):
    graph = StateGraph(Order).add_node("pay", node, retry_policy=policy).add_edge(START, "pay")
    return graph.compile(checkpointer=InMemorySaver())


# %% [markdown]
# > **Predict.** Capturing is refused twice. Once the node has a retry policy; once it has none, and we go
# > on with `None` after each failure. How often is `reserve` asked, in each shop?


# %%
def until_done(graph, given):
    try:
        return graph.invoke(given, thread("p"))
    except ConnectionError:
        return until_done(graph, None)


for shop, node in (("subgraph", subgraph), ("task    ", with_task)):
    for way, policy in (("retry: ", quick), ("resume:", None)):
        provider.plan(capture=[503, 503])
        until_done(shop_that_pays(node, policy), {"log": []})
        print(shop, way, *provider.asked)

# %% [markdown]
# A retry knows one thing, the node, and runs it from its first line. That the node holds a graph or a task
# with saved results does not matter to it. A resume reads what is saved.
#
# ```mermaid
# sequenceDiagram
#     accTitle: What a retry and a resume repeat
#     accDescr: A retry asks for reserve and capture, a resume finds reserve saved and asks for capture.
#     participant R as run
#     participant P as provider
#     R->>P: reserve
#     R->>P: capture
#     P--xR: 503
#     alt a retry
#         R->>P: reserve, again
#         R->>P: capture
#     else a resume
#         Note over R: reserve is saved
#         R->>P: capture
#     end
# ```
#
# So a policy belongs on the smallest thing that can fail: the inner node, or the task. And on *one* layer.
#
# > **Predict.** The outer node, the inner node, and a loop inside it each make three attempts. How many calls
# > does one order cost when the provider is down?


# %%
def stubborn(state):
    for left in (2, 1, 0):
        try:
            ask("capture")
        except ConnectionError:
            if not left:
                raise


inner = StateGraph(Order).add_node("capture", stubborn, retry_policy=quick).add_edge(START, "capture")
provider.plan(capture=[503] * 99)
try:
    shop_that_pays(inner.compile(), quick).invoke({"log": []}, thread("p"))
except ConnectionError:
    print("calls:", len(provider.asked))

# %% [markdown]
# Three times three times three. In `retry_budget` you give each call one budget, of attempts and of time.

# %% [markdown]
# ## A timeout stops what can be awaited, and nothing else
#
# The first timeout is an argument of `add_node`: seconds, or a `TimeoutPolicy` with a `run_timeout` for the
# whole attempt and an `idle_timeout` for the time without any progress. It says at once where it won't work:


# %%
events = []


def quote(state):
    """A plain function, so it runs in a thread."""
    events.append("node begins")
    ask("quote")
    time.sleep(0.5)
    events.append("node ends")
    return {"log": ["quoted 690"]}


try:
    StateGraph(Order).add_node("quote", quote, timeout=0.1).add_edge(START, "quote").compile()
except ValueError as problem:
    print("ValueError:", str(problem).partition(". ")[0])

# %% [markdown]
# The other, `step_timeout`, is an attribute of the compiled graph. It takes any node.
#
# > **Predict.** The node takes half a second and `step_timeout` is a tenth. In which order do three events
# > come: the node begins, the node ends, `TimeoutError`? And what does the thread hold after it?

# %%
graph = StateGraph(Order).add_node(quote).add_edge(START, "quote").compile(checkpointer=InMemorySaver())
graph.step_timeout = 0.1
provider.plan()
try:
    graph.invoke({"log": ["order 4711"]}, thread("q"))
except TimeoutError:
    events.append("TimeoutError")
print(events)
print("the thread holds:", graph.get_state(thread("q")).values["log"])
print("and on we go:    ", graph.invoke(None, thread("q"))["log"], "| asked:", len(provider.asked))

# %% [markdown]
# The caller waited to the end, was told that it had timed out, and the late result is in the thread all the
# same: a quote that somebody may by now have replaced. Python cannot stop a thread, so `step_timeout`
# reports that a step took too long, after it did.
#
# Async nodes can be stopped wherever they `await`, and only there.
#
# > **Predict.** Three async nodes of half a second, with `timeout=0.1`. One awaits, one calls
# > `time.sleep`, and one hands `time.sleep` to a thread. Which are cut?


# %%
async def patient(state):
    await asyncio.sleep(0.5)
    return {"log": ["patient"]}


async def blocking(state):
    time.sleep(0.5)
    return {"log": ["blocking"]}


async def handing_over(state):
    await asyncio.to_thread(time.sleep, 0.5)
    return {"log": ["handing over"]}


for node in (patient, blocking, handing_over):
    graph = StateGraph(Order).add_node("n", node, timeout=0.1).add_edge(START, "n").compile()
    try:
        print(node.__name__, "->", (await graph.ainvoke({"log": []}))["log"])
    except Exception as problem:
        retried = [RetryPolicy().retry_on(error) for error in (problem, TimeoutError())]
        print(f"{node.__name__} -> {type(problem).__name__}; it and a TimeoutError are retried: {retried}")

# %% [markdown]
# A `NodeTimeoutError` is not a `TimeoutError`: by default the one is retried and the other is not. The node
# that blocks isn't cut at all, and holds up every other coroutine of the process. With `to_thread` the *node*
# returns in time; the call goes on in its thread, and may still take effect.
#
# So hand blocking calls to a thread, and give them the client's own timeout. Know what it means there:

# %%
import inspect

timeout = inspect.signature(requests.Session.request).parameters["timeout"]
print("by default, httpx:", httpx.Client().timeout.read, "s; requests:", timeout.default, "(waits for ever)")

provider.plan(quote=["drip"])
started = time.monotonic()
answer = requests.post(f"{provider.url}/quote", timeout=0.8)
print("timeout=0.8:", answer.text, "| took longer than that:", time.monotonic() - started > 0.8)

# %% [markdown]
# Ten bytes, a tenth of a second apart: the timeout of both clients is for each *read*, not for the call. A
# deadline for the whole needs a clock of its own, and a rule for answers that come after it. In
# `meet_deadline` you build one that holds.

# %% [markdown]
# ## An error handler that returns a dict ends its branch
#
# When the attempts are used up, an `error_handler` may still save the run. It gets the state and the error,
# and its update is written in place of the node's. Here, when no courier can be booked, the parcel goes by
# post.

# %%
from langgraph.errors import NodeError
from langgraph.types import Command


def by_post(state: Order, error: NodeError):
    return {"log": [f"by post, as {error.error}"]}


def booking(handler):
    graph = StateGraph(Order).add_node("send", asking("send"))
    graph.add_node("courier", asking("courier"), retry_policy=quick, error_handler=handler)
    graph.add_edge(START, "courier").add_edge("courier", "send")
    return graph.compile(checkpointer=InMemorySaver())


# %% [markdown]
# > **Predict.** The courier refuses three times. What does the provider's book show, and is anything raised?

# %%
provider.plan(courier=[503] * 3)
graph = booking(by_post)
print(graph.invoke({"log": []}, thread("h")))
print("asked:", books(provider.asked), "| next:", graph.get_state(thread("h")).next)

# %% [markdown]
# `send` never ran. Nothing raised, and the thread is finished: a parcel that goes by post stays on the
# table. The edge from `courier` is followed when `courier` returns, and it never did; the handler has no
# edges. It has to say where to go on:


# %%
def by_post_and_on(state: Order, error: NodeError):
    return Command(update={"log": [f"by post, as {error.error}"]}, goto="send")


provider.plan(courier=[503] * 3)
graph = booking(by_post_and_on)
print(graph.invoke({"log": []}, thread("h")))
print("asked:", books(provider.asked))
history = graph.get_state_history(thread("h"))
print("errors in the history:", [t.error for snapshot in history for t in snapshot.tasks if t.error])

# %% [markdown]
# The history keeps the error that was handled, but nobody looks there. **Say in the state that it's second
# best**, for the next node, for the customer, and for whoever counts how often it happens.
#
# What if a handler looks at the error, finds it's not its own, and raises it again?


# %%
def raises_it_again(state: Order, error: NodeError):
    raise error.error


for handler in (None, raises_it_again):
    provider.plan(courier=[503] * 3)
    graph, config = booking(handler), thread(f"handler {handler is not None}")
    try:
        graph.invoke({"log": []}, config)
    except Exception as problem:
        print(type(problem).__name__, "| tasks left:", len(graph.get_state(config).tasks))

# %% [markdown]
# With a handler that raises, the thread looks finished: no task is left, and `invoke(None)` after the repair
# does nothing. A handler must not raise. Send what it doesn't know to a node that parks it.

# %% [markdown]
# ## A breaker has to remember what no thread and no process does
#
# A fallback after three attempts costs three calls and three waits, for each customer, all hour long. A
# *circuit breaker* stops asking a backend that is down:
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
# LangGraph has none. It has two places that suggest themselves for the count of failures. The first is the
# state, which is saved, after all.
#
# > **Predict.** The courier is down, and the limit is two failures. Five customers ask twice each. How many
# > calls does the courier get?


# %%
class Question(TypedDict, total=False):
    failures: int
    outcome: str


def guarded(state: Question):
    failures = state.get("failures", 0)
    if failures >= 2:
        return {"outcome": "refused"}
    try:
        ask("courier")
    except ConnectionError:
        return {"outcome": "failed", "failures": failures + 1}
    return {"outcome": "answered", "failures": 0}


# %%
desk = StateGraph(Question).add_node(guarded).add_edge(START, "guarded").compile(checkpointer=InMemorySaver())
provider.plan(courier=[503] * 99)
for name in ("mara", "ben", "ida", "leo", "eve"):
    print(name, [desk.invoke({}, thread(name))["outcome"] for _ in range(2)])
print("calls:", len(provider.asked))

# %% [markdown]
# Ten of ten. A thread's state is one customer's, so each has to find out alone. The other place is the
# process: a variable beside the code.

# %%
# %%writefile worker.py
import sys
from typing import TypedDict

import httpx
from langgraph.graph import START, StateGraph

failures = 0


def guarded(state):
    global failures
    if failures >= 2:
        return {"outcome": "refused"}
    failures = failures + 1 if httpx.post(sys.argv[1]).is_error else 0
    return {"outcome": "failed" if failures else "answered"}


class Question(TypedDict):
    outcome: str


desk = StateGraph(Question).add_node(guarded).add_edge(START, "guarded").compile()
print(*(desk.invoke({"outcome": ""})["outcome"] for _ in range(4)))

# %% [markdown]
# > **Predict.** Three workers serve four customers each, and the courier stays down. How many calls now?

# %%
import subprocess
import sys

provider.plan(courier=[503] * 99)
command = [sys.executable, "worker.py", f"{provider.url}/courier"]
workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
for worker in workers:
    print(worker.communicate()[0].strip())
print("calls:", len(provider.asked))

# %% [markdown]
# It works, in each process for itself. Forty workers that are restarted every few minutes call a dead backend
# all day. What is known about the *backend* has to lie where all who call it can read it, under the backend's
# name: a row in a database, outside every thread.
#
# Being in one place is half of it. When the cooldown is over, forty workers may read so at the same moment,
# and each may send its probe. To look and to claim have to be *one* transaction. In `circuit_breaker` you
# write it.

# %% [markdown]
# ## After a kill, an empty `next` does not mean finished
#
# So far somebody was there to catch an exception. From here on it is the process that dies. This job has
# three nodes; each notes in a ledger that it has run, and can be told to be killed then.

# %%
# %%writefile job.py
import operator
import os
from pathlib import Path
from typing import Annotated, TypedDict

from langgraph.graph import START, StateGraph


class Job(TypedDict):
    log: Annotated[list[str], operator.add]


def step(name):
    def node(state):
        with Path(f"{state['log'][0]}.ledger").open("a") as ledger:
            ledger.write(f"{name} ")
        if name == os.environ.get("KILLED_AT"):
            os.kill(os.getpid(), 9)
        return {"log": [name]}

    return name, node


# %%
# %%writefile -a job.py


def build(saver):
    builder = StateGraph(Job).add_sequence([step("pick"), step("pack"), step("send")])
    return builder.add_edge(START, "pick").compile(checkpointer=saver)


# %% [markdown]
# After a node there are two writes: first its result goes into the table `writes`, then the whole state into
# `checkpoints`. A process can be killed before them, between them and after them:
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
# Waiting for the unlucky moment could take weeks. This saver dies at the door of the second write, when the
# first is done. `durability="sync"`, as in module 01, has no checkpoint written late.

# %%
# %%writefile killed.py
import os
import sqlite3
import sys
import time

from job import build
from langgraph.checkpoint.sqlite import SqliteSaver


class DyingSaver(SqliteSaver):
    def put(self, config, checkpoint, metadata, new_versions):
        if str(metadata["step"]) == os.environ["KILLED_AT"]:
            while metadata["source"] == "loop" and not self.get_tuple(config).pending_writes:
                time.sleep(0.01)
            os.kill(os.getpid(), 9)
        return super().put(config, checkpoint, metadata, new_versions)


name = sys.argv[1]
graph = build(DyingSaver(sqlite3.connect("jobs.db", check_same_thread=False)))
graph.invoke({"log": [name]}, {"configurable": {"thread_id": name}}, durability="sync")

# %% [markdown]
# > **Predict.** One job is killed between the two writes of `pack`. A supervisor starts it again as long as
# > `next` names a node. What does it do?

# %%
from pathlib import Path

from job import build

jobs = build(SqliteSaver(sqlite3.connect("jobs.db", check_same_thread=False)))


def killed(name, at):
    command = [sys.executable, "killed.py", name]
    return subprocess.run(command, env=os.environ | {"KILLED_AT": at}).returncode


print("exit status:", killed("half", at="2"))
half = jobs.get_state(thread("half"))
print("next: ", half.next, "so the supervisor reports the job as", "unfinished" if half.next else "done")
print("log:  ", half.values["log"])
print("tasks:", [(task.name, task.result) for task in half.tasks])

# %% [markdown]
# It reports a job as done whose parcel has not been sent. `get_state` merges the waiting result into
# `values`, and leaves out of `next` every node that has one. What comes *after* those nodes is not known
# before the step is committed, so `next` is empty. `tasks` is what tells: it holds the tasks of the step
# that is not committed, here one, with its result. The picture has the last checkpoint that was made:

# %%
from course import timeline

timeline(jobs, thread("half"))

# %% [markdown]
# Three more jobs: one is killed while its first checkpoint is written, one in the middle of `pack`, and one
# is left in peace. So these are all the kinds of thread that a restart can find:

# %%
for name, at in (("lost", "-1"), ("broken", "pack"), ("whole", "never")):
    killed(name, at)

for name in ("lost", "broken", "half", "whole"):
    found = jobs.get_state(thread(name))
    saved = "nothing saved" if found.created_at is None else "saved"
    print(f"{name:<7} {saved:<13} | next {found.next} | tasks {[task.name for task in found.tasks]}")

# %% [markdown]
# > **Predict.** `invoke(None, …)` on each of the four: which one raises, which does nothing, and which
# > nodes have run twice in the end?


# %%
from langgraph.errors import EmptyInputError

for name in ("lost", "broken", "half", "whole"):
    try:
        print(f"{name:<7}", jobs.invoke(None, thread(name))["log"][1:], end=" ")
    except EmptyInputError:
        print(f"{name:<7} EmptyInputError", end=" ")
    ledger = Path(f"{name}.ledger")
    print("| has run:", ledger.read_text() if ledger.exists() else "nothing")

# %% [markdown]
# Where nothing was saved, not even the input is there: only the caller still has it, and must send it. The
# broken job ran `pack` a second time, since its result had not been saved. The half-committed one repeated
# nothing, and the whole one did not run at all. `None` was right for all three; the input again would have
# been what it was for order 4712, a second run with the input twice.
#
# One case is left. The whole job gets a second input, and is killed while that is saved, at step 4:

# %%
killed("whole", at="4")
again = jobs.get_state(thread("whole"))
print("saved:", again.created_at is not None, "| next", again.next, "| tasks", again.tasks)

# %% [markdown]
# A thread that has lost its second input looks as finished as before. Nothing that is saved can tell, so who
# must know puts an id of the request into the state, and looks whether it has arrived.

# %% [markdown]
# ## A node runs at least once, so its effects need a name
#
# `pack` ran twice. Had it been the charge, Mara would have paid twice, and no durability helps: the money
# moves over there, the checkpoint is written over here, and between the two there is always a moment to
# die in. To note "charged" *before* the call only turns twice into never.
#
# What helps is a provider that can recognise a call which it has seen. Ours does, as real ones do: whoever
# sends an `Idempotency-Key` a second time gets the answer and no second charge. All depends on the name.

# %%
# %%writefile pay.py
from uuid import uuid4

import httpx
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import RetryPolicy

KEYS = {"uuid": lambda runtime: str(uuid4()), "task": lambda runtime: runtime.execution_info.task_id}


def build(saver, url, kind, after=lambda: None):
    def charge(state, runtime: Runtime):
        headers = {"Idempotency-Key": KEYS[kind](runtime)} if kind in KEYS else {}
        httpx.post(f"{url}/charge", headers=headers).raise_for_status()
        after()

    quick = RetryPolicy(initial_interval=0.01, jitter=False)
    graph = StateGraph(MessagesState).add_node("charge", charge, retry_policy=quick)
    return graph.add_edge(START, "charge").compile(checkpointer=saver)


# %% [markdown]
# `uuid4()` is what everybody writes first. `runtime.execution_info.task_id` is LangGraph's own name for
# this run of this node.

# %%
# %%writefile pay_and_die.py
import os
import sqlite3
import sys

from langgraph.checkpoint.sqlite import SqliteSaver

from pay import build

url, kind = sys.argv[1:]
saver = SqliteSaver(sqlite3.connect("pay.db", check_same_thread=False))
graph = build(saver, url, kind, after=lambda: os.kill(os.getpid(), 9))
order = {"messages": [("user", "order 4711")]}
graph.invoke(order, {"configurable": {"thread_id": kind}}, durability="sync")

# %% [markdown]
# > **Predict.** Without a key, with a uuid, with the task's id: how many charges are made when two answers
# > are lost, as in the beginning? And when the process is killed after the charge, and the run resumed
# > here?

# %%
import pay

pay_saver = SqliteSaver(sqlite3.connect("pay.db", check_same_thread=False))
order = {"messages": [("user", "order 4711")]}
for kind in ("none", "uuid", "task"):
    graph = pay.build(pay_saver, provider.url, kind)
    provider.plan(charge=["lost", "lost"])
    graph.invoke(order, thread(f"{kind}, retried"))
    retried = len(provider.done)

    provider.plan()
    subprocess.run([sys.executable, "pay_and_die.py", provider.url, kind])
    graph.invoke(None, thread(kind))
    print(f"{kind}: {retried} charges after two retries, {len(provider.done)} after a kill")

# %% [markdown]
# A name that is made in the attempt names the attempt. The task's id is the same in every retry and in a
# resumed process, and Mara pays once. It looks like the answer.
#
# > **Predict.** The last order is charged and finished. Now somebody replays it from before the charge, to
# > find a bug; and Mara, who has seen no confirmation, clicks again, which is another thread. How many
# > charges?

# %%
before = next(s for s in graph.get_state_history(thread("task")) if s.next == ("charge",))
graph.invoke(None, before.config)
print("after the replay:     ", len(provider.done))
graph.invoke(order, thread("task, again"))
print("after the second click:", len(provider.done))

# %% [markdown]
# The task's id names a task of a checkpoint. A replay makes a new checkpoint, and another thread has others.
# What the provider must recognise is older than all of these, and it is not LangGraph's to name. Ask what
# the *business* would call this effect, so that nobody could want it twice under that name. In
# `one_effect_per_order` you find it.

# %% [markdown]
# ## What to remember
#
# 1. A failed step keeps what its other nodes returned (async ones are cancelled). `None` uses it, new input
#    drops it.
# 2. A retry repeats the whole node, and what it sends to the customer. A resume repeats only what isn't
#    saved.
# 3. Say yourself what is worth a retry, and put the policy on one layer. No policy limits the time.
# 4. A thread cannot be stopped. A late answer is saved, and a call cut off here may have worked over there.
# 5. Unfinished is what has `tasks`, whatever `next` says. And what has run may run again: name its effects.
#
# ## The mistakes of this lesson
#
# | what it looked like | what it was |
# |---|---|
# | one "charged" in the log, 120 euros gone | a retry of a call whose answer was lost |
# | stock taken twice, the input in the log twice | a resume with new input in place of `None` |
# | "no such address", for an address that exists | `except Exception` inside the node |
# | a 404 asked three times, a timeout once | the default `retry_on` |
# | "your refund is on its way", three times | a retry after the model had spoken |
# | 27 calls for one order | three layers, each with its retries |
# | a step that timed out, and its result in the thread | `step_timeout` on a plain function |
# | no error, and a parcel that stays on the table | an error handler that returns a dict |
# | a failed run with nothing left to resume | an error handler that raises |
# | a breaker that never opens, or opens forty times | its count in a thread's state, or in a global |
# | a job "done" that was never sent | `next` read, and `tasks` not |
#
# ## From here
#
# - [The exercises](exercises.ipynb) of this module: seven to build, with `check()` to tell you at once, and
#   one incident to read.
# - Next module: [waiting for people](../03_people/lesson.ipynb): what a pause is, and what can go
#   wrong between a question and its answer.
# - LangGraph's own page on [durable execution](https://docs.langchain.com/oss/python/langgraph/durable-execution).
