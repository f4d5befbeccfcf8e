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
