# %% [markdown]
# # Exercises: the production pattern
#
# Functions to write, and one question to answer in words. Each prompt says exactly what is graded.
#
# 1. Write in the cell under the prompt, and run it.
# 2. Run the `check` cell below it. It runs the public tests on your function and says what each one saw.
# 3. Stuck? `hint("drain_on_sigterm")` shows one hint more each time you call it.
#
# Your grade comes from these tests and a few more of the same kind, always with other names, texts and
# numbers. Nothing here needs a network or an API key.

# %%
import json
import operator
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Annotated, Any, TextIO, TypedDict

from langchain_core.callbacks import BaseCallbackHandler
from langgraph.cache.memory import InMemoryCache
from langgraph.cache.sqlite import SqliteCache
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.errors import GraphBubbleUp, GraphDrained
from langgraph.func import entrypoint, task
from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import RunControl
from langgraph.types import CachePolicy, Send
from prometheus_client import CollectorRegistry, Counter, Histogram

from course import check, hint

# %% [markdown]
# ## Drain on SIGTERM
#
# A worker goes through a queue of orders. Every deploy stops it in the middle of one: the platform sends SIGTERM,
# waits thirty seconds, then sends SIGKILL. On Tuesday a parcel was sent twice, because the worker had been stopped
# between sending it and saving that it was sent. Write the worker's loop, so that a deploy costs nothing.
#
# `work(graph, jobs)` runs every job to its end, one after the other. `graph` is compiled with a saver; `jobs`
# maps a thread id to the input of that thread's one run, in the order in which they are to be done.
#
# - When SIGTERM comes, the node that is running ends and is saved, no other node begins, of no job, and the
#   process ends with status 0: return from `work`, or call `sys.exit(0)`. The handler is yours to install.
# - `work` is called with the same jobs again after the restart. It goes on where it stopped: no node that has
#   ended runs again, and jobs that are finished are left alone.
#
# `work` is called in the main thread, and its nodes are ordinary functions that know nothing of signals.
#
# ```python
# jobs = {"order-1": {"order": "lamp"}, "order-2": {"order": "tent"}}   # nodes: pack, send, bill
# work(graph, jobs)    # runs pack; SIGTERM comes while `send` of order-1 runs; `send` ends; exit status 0
# work(graph, jobs)    # in a new process: bill of order-1, then pack, send and bill of order-2
# work(graph, jobs)    # nothing is left to do
# ```
#
# **Graded:** a real SIGTERM in the middle of a node: the node ends, no other begins, status 0; after the
# restart every node of every job has run exactly once; SIGTERM during the last node of a job, where no node of the next
# job may begin; several restarts, and one call more when all is done.


# %% exercise="drain_on_sigterm"
def work(graph: CompiledStateGraph, jobs: dict[str, dict[str, Any]]) -> None:
    """Run each job to its end, unless it is there already; stop after the running node on SIGTERM."""
    ### BEGIN SOLUTION
    control = RunControl()  # one for all jobs: once drained, it lets no other run begin
    signal.signal(signal.SIGTERM, lambda number, frame: control.request_drain("SIGTERM"))
    for thread_id, job in jobs.items():
        config = {"configurable": {"thread_id": thread_id}}
        saved = graph.get_state(config)
        begun = saved.created_at is not None
        if begun and not saved.tasks:
            continue
        try:
            graph.invoke(None if begun else job, config, control=control)
        except GraphDrained:
            sys.exit(0)
    ### END SOLUTION


# %% [markdown] exercise="drain_on_sigterm" tags=["hint"]
# A signal handler runs in the main thread, in the middle of whatever that thread is doing. Whatever it
# raises comes out of the node's code. So what is the least that a handler can do, and who should act on it, at what
# moment of a run?

# %% [markdown] exercise="drain_on_sigterm" tags=["hint"]
# `RunControl` from `langgraph.runtime` is what a handler can ask: `control.request_drain(reason)`. A run that
# was given `control=control` looks at it between super-steps and raises `GraphDrained`, with all saved. A
# drained control stays so. And `graph.get_state(config)` tells a thread that is new (`created_at is None`) from one
# that has `tasks` to do.

# %% [markdown] exercise="drain_on_sigterm" tags=["hint"]
# ```python
# control = RunControl()
# signal.signal(signal.SIGTERM, lambda number, frame: …)
# for thread_id, job in jobs.items():
#     config = {"configurable": {"thread_id": thread_id}}
#     saved = graph.get_state(config)
#     if …:                                   # finished: there is a checkpoint, and no task is left
#         continue
#     try:
#         graph.invoke(…, config, control=control)    # the job, or None to go on?
#     except GraphDrained:
#         …
# ```


# %% exercise="drain_on_sigterm" tags=["near-miss"] says="nothing in your process listened"
def work(graph, jobs):
    # LangGraph saves after each step, so it will know what to do about SIGTERM.
    for thread_id, job in jobs.items():
        config = {"configurable": {"thread_id": thread_id}}
        saved = graph.get_state(config)
        if saved.created_at is None:
            graph.invoke(job, config, durability="sync")
        elif saved.tasks:
            graph.invoke(None, config, durability="sync")


# %% exercise="drain_on_sigterm" tags=["near-miss"] says="cut short in the middle"
def work(graph, jobs):
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))  # exit with 0, as was asked
    for thread_id, job in jobs.items():
        config = {"configurable": {"thread_id": thread_id}}
        saved = graph.get_state(config)
        if saved.created_at is None:
            graph.invoke(job, config, durability="sync")
        elif saved.tasks:
            graph.invoke(None, config, durability="sync")


# %% exercise="drain_on_sigterm" tags=["near-miss"] says="is looked at between jobs only"
def work(graph, jobs):
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
    for thread_id, job in jobs.items():
        if stop.is_set():  # finish what was begun, then go
            sys.exit(0)
        config = {"configurable": {"thread_id": thread_id}}
        saved = graph.get_state(config)
        if saved.created_at is None or saved.tasks:
            graph.invoke(None if saved.created_at else job, config)


# %% exercise="drain_on_sigterm" tags=["near-miss"] says="a crash, to whoever restarts it"
def work(graph, jobs):
    control = RunControl()
    signal.signal(signal.SIGTERM, lambda number, frame: control.request_drain("SIGTERM"))
    for thread_id, job in jobs.items():
        config = {"configurable": {"thread_id": thread_id}}
        saved = graph.get_state(config)
        if saved.created_at is None or saved.tasks:
            # A drained run returns what it has so far.
            graph.invoke(None if saved.created_at else job, config, control=control)


# %% exercise="drain_on_sigterm" tags=["near-miss"] says="begins the graph anew"
def work(graph, jobs):
    control = RunControl()
    signal.signal(signal.SIGTERM, lambda number, frame: control.request_drain("SIGTERM"))
    for thread_id, job in jobs.items():
        config = {"configurable": {"thread_id": thread_id}}
        saved = graph.get_state(config)
        if saved.created_at is not None and not saved.next:
            continue
        try:
            graph.invoke(job, config, control=control)  # the thread knows where it was
        except GraphDrained:
            sys.exit(0)


# %% exercise="drain_on_sigterm" tags=["near-miss"] says="of the next job began"
def work(graph, jobs):
    for thread_id, job in jobs.items():
        control = RunControl()  # a fresh one for each run
        signal.signal(signal.SIGTERM, lambda number, frame, control=control: control.request_drain())
        config = {"configurable": {"thread_id": thread_id}}
        saved = graph.get_state(config)
        if saved.created_at is None or saved.tasks:
            try:
                graph.invoke(None if saved.created_at else job, config, control=control)
            except GraphDrained:
                return


# %% exercise="drain_on_sigterm" tags=["alternative"]
def work(graph, jobs):
    """No `RunControl`: one super-step a call, and a flag that is looked at between them."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
    for thread_id, job in jobs.items():
        config = {"configurable": {"thread_id": thread_id}}
        saved = graph.get_state(config)
        step = None if saved.created_at else job
        while not stop.is_set() and (step is not None or saved.tasks):
            graph.invoke(step, config, interrupt_after="*")
            step, saved = None, graph.get_state(config)


# %% exercise="drain_on_sigterm" tags=["alternative"]
from concurrent.futures import ThreadPoolExecutor


def work(graph, jobs):
    """The runs in a worker thread; the main thread does nothing but wait for them, and for signals."""
    control = RunControl()

    def run_all():
        for thread_id, job in jobs.items():
            config = {"configurable": {"thread_id": thread_id}}
            saved = graph.get_state(config)
            if control.drain_requested:
                return
            if not saved.created_at or saved.next or saved.tasks:
                for _ in graph.stream(None if saved.created_at else job, config, control=control):
                    pass

    before = signal.signal(signal.SIGTERM, lambda number, frame: control.request_drain("deploy"))
    try:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(run_all).result()
    except GraphDrained:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)
