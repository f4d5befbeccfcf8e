# %% [markdown]
# # Exercises: failure, retry, resume
#
# Functions to write, and one question to answer in words. Each prompt says exactly what is graded.
#
# 1. Write in the cell under the prompt, and run it.
# 2. Run the `check` cell below it. It runs the public tests on your function and says what each one saw.
# 3. Stuck? `hint("resume_after_crash")` shows one hint more each time you call it.
#
# Your grade comes from these tests and a few more of the same kind, always with other names, texts and
# numbers. Nothing here needs a network or an API key.

# %%
import operator
import sqlite3
from collections.abc import Callable
from typing import Annotated, Any, TypedDict

import httpx
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from course import check, hint, timeline

# %% [markdown]
# ## Resume after a crash
#
# The nightly job runs as a pod that may be taken away at any moment. A supervisor starts it again, with the
# same arguments, until it ends by itself. Last week one order was reported as done although its parcel had
# never been packed, and the total of another contained its own input twice. Both had been killed at a bad
# moment, and the program had misread what it found in the database.
#
# `run_to_end(graph, thread_id, first)` brings the job of one thread to its end and returns the state there,
# whatever earlier processes have left behind, those that ran last week's program included.
#
# - `graph` is compiled with a `SqliteSaver` on a file. A thread is one job: it gets one input, `first`, and
#   each call for that thread is given the same `first`.
# - The end state is that of a run which nothing disturbed, in what you return and in the file: the input is in
#   it once, and each node's result once.
# - What is in the file is not done again: a node whose result has been saved does not run a second time, and
#   a job that has ended is not run at all.
#
# ```python
# class Job(TypedDict):
#     log: Annotated[list[str], operator.add]
#
#
# def pack(state: Job):
#     return {"log": ["packed"]}
#
#
# builder = StateGraph(Job).add_node(pack).add_edge(START, "pack")
# with SqliteSaver.from_conn_string("jobs.db") as saver:
#     graph = builder.compile(checkpointer=saver)
#     run_to_end(graph, "order-7", {"log": ["order 7"]})    # {'log': ['order 7', 'packed']}
#     run_to_end(graph, "order-7", {"log": ["order 7"]})    # {'log': ['order 7', 'packed']}: nothing ran
# ```
#
# **Graded:** new jobs and finished ones, several in one file; a SIGKILL before the input is saved and right after;
# a SIGKILL between the saving of a node's result and of the checkpoint that was to hold it; three kills of one
# job at places drawn at random; nodes that run in parallel, killed or failed with an exception when only some of
# their results are saved.


# %% exercise="resume_after_crash"
def run_to_end(graph: CompiledStateGraph, thread_id: str, first: dict[str, Any]) -> dict[str, Any]:
    """Bring the job of a thread to its end, from wherever an earlier process left it; return its state."""
    ### BEGIN SOLUTION
    config = {"configurable": {"thread_id": thread_id}}
    snapshot = graph.get_state(config)
    if snapshot.created_at is None:  # no checkpoint: the input was never saved
        return graph.invoke(first, config)
    if snapshot.tasks:  # `next` is empty as well where a step is saved by half
        return graph.invoke(None, config)
    return snapshot.values
    ### END SOLUTION


# %% [markdown] exercise="resume_after_crash" tags=["hint"]
# There are three states in which you can find a thread: nothing was ever saved, something is left to do,
# or all is done. What is saved of a super-step comes in two portions: first what each node wrote, then the
# checkpoint that holds it. What does a thread look like between the two, and which of the three is that?

# %% [markdown] exercise="resume_after_crash" tags=["hint"]
# `graph.get_state(config)` never fails: of an unknown thread it gives a snapshot whose `created_at` is `None`.
# `snapshot.next` holds the nodes that are still to run, `snapshot.tasks` those whose step is not committed,
# with the `result` of each that has one. `graph.invoke(None, config)` goes on with what is saved.

# %% [markdown] exercise="resume_after_crash" tags=["hint"]
# ```python
# config = {"configurable": {"thread_id": thread_id}}
# snapshot = graph.get_state(config)
# if …:                                   # nothing was ever saved
#     return graph.invoke(…, config)
# if …:                                   # something is left to do, half a step included
#     return graph.invoke(…, config)
# return …
# ```


# %% exercise="resume_after_crash" tags=["near-miss"] says="an empty `next` also means"
def run_to_end(graph, thread_id, first):
    config = {"configurable": {"thread_id": thread_id}}
    snapshot = graph.get_state(config)
    if snapshot.created_at is None:
        return graph.invoke(first, config)
    if snapshot.next:  # nothing is next: it must be finished
        return graph.invoke(None, config)
    return snapshot.values


# %% exercise="resume_after_crash" tags=["near-miss"] says="send it where no checkpoint holds it yet"
def run_to_end(graph, thread_id, first):
    # The thread remembers, so the same call goes on where it was.
    return graph.invoke(first, {"configurable": {"thread_id": thread_id}})


# %% exercise="resume_after_crash" tags=["near-miss"] says="send it where no checkpoint holds it yet"
def run_to_end(graph, thread_id, first):
    config = {"configurable": {"thread_id": thread_id}}
    snapshot = graph.get_state(config)
    if snapshot.values and not snapshot.tasks:
        return snapshot.values
    try:
        return graph.invoke(first if not snapshot.next else None, config)  # nothing waits: it is new
    except ConnectionError:
        return graph.invoke(None, config)


# %% exercise="resume_after_crash" tags=["near-miss"] says="do not start anew"
def run_to_end(graph, thread_id, first):
    config = {"configurable": {"thread_id": thread_id}}
    snapshot = graph.get_state(config)
    if snapshot.values and not snapshot.tasks:
        return snapshot.values
    graph.checkpointer.delete_thread(thread_id)  # a broken run is not to be trusted: make a clean start
    return graph.invoke(first, config)


# %% exercise="resume_after_crash" tags=["near-miss"] says="EmptyInputError"
def run_to_end(graph, thread_id, first):
    config = {"configurable": {"thread_id": thread_id}}
    with sqlite3.connect("started.db") as db:  # noted before it starts, so that the input is sent once only
        db.execute("create table if not exists started (job primary key)")
        new = db.execute("insert or ignore into started values (?)", (thread_id,)).rowcount
    return graph.invoke(first if new else None, config)


# %% exercise="resume_after_crash" tags=["alternative"]
from langgraph.errors import EmptyInputError


def run_to_end(graph, thread_id, first):
    """Go on; LangGraph says when there is nothing to go on from, and runs nothing where all is done."""
    config = {"configurable": {"thread_id": thread_id}}
    try:
        return graph.invoke(None, config)
    except EmptyInputError:
        return graph.invoke(first, config)


# %% exercise="resume_after_crash" tags=["alternative"]
def run_to_end(graph, thread_id, first):
    """The saver is asked, each step waits until it is saved, and the steps are streamed."""
    config = {"configurable": {"thread_id": thread_id}}
    known = graph.checkpointer.get_tuple(config) is not None
    for _ in graph.stream(None if known else first, config, durability="sync"):
        pass
    return graph.get_state(config).values


# %% [markdown]
# ## One effect per order
#
# On Monday the pods of the checkout were moved, and eleven customers paid twice. In each of the eleven cases
# the process had died after the payment provider had taken the money, and before the answer arrived. The
# resume did what a resume does: it ran the node again.
#
# `build_checkout(saver, url)` returns a graph compiled with `saver` that charges an order and then ships it. Its
# input is `{"order": "o-17", "cents": 4200}`; its state also gets `"receipt"` and `"parcel"`. It has two nodes:
#
# | node | POSTs as JSON | to | is answered |
# |---|---|---|---|
# | `charge` | `{"order": "o-17", "cents": 4200}` | `url` + `/charges` | `{"receipt": "c81"}` |
# | `ship` | `{"order": "o-17"}` | `url` + `/shipments` | `{"parcel": "s33"}` |
#
# The provider's manual says: *Each request is carried out, also when it is the same as another. To prevent that,
# send a header `Idempotency-Key` of your choice. A key that we have seen is not carried out again: you get the
# answer of the first time. The same key with another path or body is refused with 409. When we are busy we
# answer 503, and have done nothing.*
#
# A run that is refused or cut off may raise; it is then resumed with `invoke(None, …)`, or with the same input
# where nothing was saved. An order that was not charged is not shipped.
#
# ```python
# with SqliteSaver.from_conn_string("orders.db") as saver:
#     graph = build_checkout(saver, "http://127.0.0.1:8080")
#     graph.invoke({"order": "o-17", "cents": 4200}, {"configurable": {"thread_id": "ada"}})
#     # {'order': 'o-17', 'cents': 4200, 'receipt': 'c81', 'parcel': 's33'}
# ```
#
# **Graded:** the provider's ledger, which holds one charge and one shipment for each order, and the state, which
# holds their answers: for several orders of one customer, who has one thread; when the process is killed at either
# call, before or after its effect; when the provider is busy or cuts the connection; when a finished thread is
# replayed from an old checkpoint; when the same order is sent again, in the same thread or in another. Any
# durability may be used.


# %% exercise="one_effect_per_order"
def build_checkout(saver: BaseCheckpointSaver, url: str) -> CompiledStateGraph:
    """Return a graph that charges and ships an order once, however often it is run."""

    ### BEGIN SOLUTION
    class Checkout(TypedDict, total=False):
        order: str
        cents: int
        receipt: str
        parcel: str

    def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
        # The key is what the business calls this effect; it knows of no attempt, run, thread or process.
        headers = {"Idempotency-Key": f"{path}/{body['order']}"}
        return httpx.post(f"{url}/{path}", json=body, headers=headers).raise_for_status().json()

    def charge(state: Checkout) -> dict[str, Any]:
        return post("charges", {"order": state["order"], "cents": state["cents"]})

    def ship(state: Checkout) -> dict[str, Any]:
        return post("shipments", {"order": state["order"]})

    builder = StateGraph(Checkout).add_node(charge).add_node(ship)
    builder.add_edge(START, "charge").add_edge("charge", "ship")
    return builder.compile(checkpointer=saver)
    ### END SOLUTION


# %% [markdown] exercise="one_effect_per_order" tags=["hint"]
# Between the provider's effect and your checkpoint there is always a moment in which a process can die, and
# whoever comes next cannot know whether the call was made. So it must be made again, and be recognised.
# Which name does this effect have that is the same in every attempt, run, thread and process, and that no other
# effect has?

# %% [markdown] exercise="one_effect_per_order" tags=["hint"]
# `httpx.post(address, json=body, headers={"Idempotency-Key": key})` sends a key, and `.raise_for_status()` raises
# for a 409 or 503. `runtime.execution_info.task_id` is the same when a task is resumed, and another when it
# is replayed; a `thread_id` is the same for all orders of a customer.

# %% [markdown] exercise="one_effect_per_order" tags=["hint"]
# ```python
# def charge(state: Checkout):
#     body = {"order": state["order"], "cents": state["cents"]}
#     headers = {"Idempotency-Key": …}                  # what is done, and to which order
#     return httpx.post(f"{url}/charges", json=body, headers=headers).raise_for_status().json()
#
# def ship(state: Checkout):
#     …                                                 # the same, under a key of its own
#
# builder = StateGraph(Checkout).add_node(charge).add_node(ship)
# builder.add_edge(START, "charge").add_edge("charge", "ship")
# ```


# %% exercise="one_effect_per_order" tags=["near-miss"] says="a checkpoint is saved after the call"
class Checkout(TypedDict, total=False):
    order: str
    cents: int
    receipt: str
    parcel: str


def build_checkout(saver, url):
    def charge(state):  # each step is saved, so a step that ran does not run again
        body = {"order": state["order"], "cents": state["cents"]}
        return httpx.post(f"{url}/charges", json=body).raise_for_status().json()

    def ship(state):
        return httpx.post(f"{url}/shipments", json={"order": state["order"]}).raise_for_status().json()

    builder = StateGraph(Checkout).add_node(charge).add_node(ship)
    builder.add_edge(START, "charge").add_edge("charge", "ship")
    return builder.compile(checkpointer=saver)


# %% exercise="one_effect_per_order" tags=["near-miss"] says="make it from the order alone"
import uuid


class Checkout(TypedDict, total=False):
    order: str
    cents: int
    receipt: str
    parcel: str


def build_checkout(saver, url):
    def post(path, body):
        headers = {"Idempotency-Key": str(uuid.uuid4())}  # unique, as an idempotency key should be
        return httpx.post(f"{url}/{path}", json=body, headers=headers).raise_for_status().json()

    def charge(state):
        return post("charges", {"order": state["order"], "cents": state["cents"]})

    def ship(state):
        return post("shipments", {"order": state["order"]})

    builder = StateGraph(Checkout).add_node(charge).add_node(ship)
    builder.add_edge(START, "charge").add_edge("charge", "ship")
    return builder.compile(checkpointer=saver)


# %% exercise="one_effect_per_order" tags=["near-miss"] says="after a replay from the checkpoint"
from langgraph.runtime import Runtime


class Checkout(TypedDict, total=False):
    order: str
    cents: int
    receipt: str
    parcel: str


def build_checkout(saver, url):
    def post(path, body, runtime):
        headers = {"Idempotency-Key": runtime.execution_info.task_id}  # the same over retries and resumes
        return httpx.post(f"{url}/{path}", json=body, headers=headers).raise_for_status().json()

    def charge(state: Checkout, runtime: Runtime):
        return post("charges", {"order": state["order"], "cents": state["cents"]}, runtime)

    def ship(state: Checkout, runtime: Runtime):
        return post("shipments", {"order": state["order"]}, runtime)

    builder = StateGraph(Checkout).add_node(charge).add_node(ship)
    builder.add_edge(START, "charge").add_edge("charge", "ship")
    return builder.compile(checkpointer=saver)


# %% exercise="one_effect_per_order" tags=["near-miss"] says="a key names one effect"
class Checkout(TypedDict, total=False):
    order: str
    cents: int
    receipt: str
    parcel: str


def build_checkout(saver, url):
    def post(path, body):
        headers = {"Idempotency-Key": body["order"]}  # the order is the business key
        return httpx.post(f"{url}/{path}", json=body, headers=headers).raise_for_status().json()

    def charge(state):
        return post("charges", {"order": state["order"], "cents": state["cents"]})

    def ship(state):
        return post("shipments", {"order": state["order"]})

    builder = StateGraph(Checkout).add_node(charge).add_node(ship)
    builder.add_edge(START, "charge").add_edge("charge", "ship")
    return builder.compile(checkpointer=saver)


# %% exercise="one_effect_per_order" tags=["near-miss"] says="after the order had come again in thread"
import uuid


class Checkout(TypedDict, total=False):
    order: str
    cents: int
    key: str
    receipt: str
    parcel: str


def build_checkout(saver, url):
    def name_it(state):  # drawn once, and saved before the call is made
        return {"key": state.get("key") or uuid.uuid4().hex}

    def post(path, body, key):
        headers = {"Idempotency-Key": f"{path}-{body['order']}-{key}"}
        return httpx.post(f"{url}/{path}", json=body, headers=headers).raise_for_status().json()

    def charge(state):
        return post("charges", {"order": state["order"], "cents": state["cents"]}, state["key"])

    def ship(state):
        return post("shipments", {"order": state["order"]}, state["key"])

    builder = StateGraph(Checkout).add_node(name_it).add_node(charge).add_node(ship)
    builder.add_edge(START, "name_it").add_edge("name_it", "charge").add_edge("charge", "ship")
    return builder.compile(checkpointer=saver)


# %% exercise="one_effect_per_order" tags=["near-miss"] says="is a note that it is done made before it is done, or"
class Checkout(TypedDict, total=False):
    order: str
    cents: int
    receipt: str
    parcel: str


def build_checkout(saver, url):
    def post(path, body):
        with sqlite3.connect("effects.db") as db:  # noted first, so that it is never done twice
            db.execute("create table if not exists done (what primary key)")
            new = db.execute("insert or ignore into done values (?)", (f"{path} {body['order']}",)).rowcount
        return httpx.post(f"{url}/{path}", json=body).raise_for_status().json() if new else {}

    def charge(state):
        return post("charges", {"order": state["order"], "cents": state["cents"]})

    def ship(state):
        return post("shipments", {"order": state["order"]})

    builder = StateGraph(Checkout).add_node(charge).add_node(ship)
    builder.add_edge(START, "charge").add_edge("charge", "ship")
    return builder.compile(checkpointer=saver)


# %% exercise="one_effect_per_order" tags=["alternative"]
import hashlib
import json

import requests
from langgraph.types import RetryPolicy


class Purchase(TypedDict, total=False):
    order: str
    cents: int
    receipt: str
    parcel: str


class Ask:
    """A node: asks the provider, under a key that is the hash of what it asks."""

    def __init__(self, url, *fields):
        self.url, self.fields = url, fields

    def __call__(self, state):
        body = {field: state[field] for field in self.fields}
        key = hashlib.sha256(json.dumps([self.url, body]).encode()).hexdigest()
        answer = requests.post(self.url, json=body, headers={"Idempotency-Key": key}, timeout=5)
        answer.raise_for_status()
        return answer.json()


def build_checkout(saver, url):
    """The key is a hash of the request; what fails is tried again in the process, too."""
    again = RetryPolicy(
        max_attempts=3, initial_interval=0.01, jitter=False, retry_on=requests.RequestException
    )
    builder = StateGraph(Purchase)
    builder.add_node("charge", Ask(f"{url}/charges", "order", "cents"), retry_policy=again)
    builder.add_node("ship", Ask(f"{url}/shipments", "order"), retry_policy=again)
    builder.add_edge(START, "charge")
    builder.add_edge("charge", "ship")
    return builder.compile(checkpointer=saver)


# %% exercise="one_effect_per_order" tags=["alternative"]
import uuid

from langgraph.func import task
from langgraph.types import Command


class Purchase(TypedDict, total=False):
    order: str
    cents: int
    receipt: str
    parcel: str


def build_checkout(saver, url):
    """Tasks make the calls, a node names the one that follows, and the key is a UUID made from a name."""

    @task
    def post(address: str, body: dict) -> dict:
        key = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{address}?order={body['order']}"))
        with httpx.Client(headers={"Idempotency-Key": key}) as client:
            answer = client.post(address, json=body)
        if answer.status_code != 200:
            raise RuntimeError(f"the provider says {answer.status_code}")
        return answer.json()

    def charge(state: Purchase) -> Command:
        paid = post(f"{url}/charges", {"order": state["order"], "cents": state["cents"]}).result()
        return Command(update=paid, goto="ship")

    def ship(state: Purchase) -> dict:
        return post(f"{url}/shipments", {"order": state["order"]}).result()

    builder = StateGraph(Purchase).add_node("charge", charge).add_node("ship", ship).add_edge(START, "charge")
    return builder.compile(checkpointer=saver)
