# %% [markdown]
# # Exercises: the production pattern
#
# Five functions to write, each around one thing that goes wrong in production, and one question to answer in
# words. Each prompt says exactly what is graded.
#
# 1. Write in the cell under the prompt, and run it.
# 2. Run the `check` cell below it. It runs the public tests on your function and says what each one saw.
# 3. Stuck? `hint("route_by_outcome")` shows one hint more each time you call it.
#
# Your grade comes from these tests and a few more of the same kind, always with other names and numbers.
# The services that your functions call run outside your process, and they count. Nothing here needs a network or an
# API key.

# %%
import json
import operator
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from typing import Annotated, Any, Literal, TextIO, TypedDict

from langchain_core.callbacks import BaseCallbackHandler
from langgraph.cache.memory import InMemoryCache
from langgraph.cache.sqlite import SqliteCache
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.errors import GraphBubbleUp, GraphDrained
from langgraph.func import entrypoint, task
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import RunControl
from langgraph.types import CachePolicy, Command, Send, interrupt
from prometheus_client import CollectorRegistry, Counter, Histogram

from course import check, hint, timeline

# %% [markdown]
# ## Route by outcome
#
# The order service wraps each step in `try … except Exception` and writes a line to the log. So a typing
# error in an address, a warehouse that is down and a bug all end in the same way: in silence. Since
# orders of more than 1,000 EUR wait for a person, none of them has ever been asked, and the log says
# `GraphInterrupt`.
#
# Write `build_orders(saver, validate, process, handlers)`. It returns a graph compiled with `saver`,
# which is invoked with `{"order": …}`. Its node `validate` calls `validate(order)`, then its node
# `process` calls `process(order)`, which returns a text. Where one of them raises, the run goes on in a
# node of its own:
#
# | raised by | an exception of the class | goes to the node |
# |---|---|---|
# | `validate` | `ValueError` | `reject` |
# | `process` | `ConnectionError` or `TimeoutError` | `park` |
# | either of them | any other `Exception` | `page` |
#
# Classes include their subclasses. `handlers` maps the names of these three nodes to functions: the node
# calls `handlers[name](order, error)`, which returns a text, and then the run is over. `error` is a dict
# of `step`, the name of the step that raised, `type`, that of the exception's class, and `message`, its
# text; it is in the state, and saved, before the handler's node runs. (The service invokes with
# `durability="sync"`.) Both `validate` and `process` may call LangGraph's `interrupt`, too; then the run
# pauses and is resumed as usual.
#
# At the end the state holds `outcome`, which is `"done"` or the name of the handler's node; `result`, the
# text that `process` or the handler returned; and `error`, which is `None` if all went well. A thread may
# get another order when a run is over.
#
# ```python
# graph = build_orders(saver, validate, process, handlers)    # here `process` raises TimeoutError("no answer")
# graph.invoke({"order": {"id": 7}}, {"configurable": {"thread_id": "order-7"}}, durability="sync")
# # {'order': {'id': 7}, 'outcome': 'park',
# #  'error': {'step': 'process', 'type': 'TimeoutError', 'message': 'no answer'}, 'result': 'parked until 9:00'}
# ```
#
# **Graded:** each outcome reaches its handler and no other, and the state tells what happened, with
# exceptions of all these classes and subclasses from both steps; after `validate` has raised, `process`
# is not called; a question asked by a step pauses the run, reaches no handler, and can be answered; when
# the process is killed before the handler's node, a new one calls the handler with the saved error, and
# no step again; at the end of an order nothing in the state, and nothing that its handler was told, is from
# an earlier order of the thread.


# %% exercise="route_by_outcome"
def build_orders(
    saver: BaseCheckpointSaver,
    validate: Callable[[dict[str, Any]], object],
    process: Callable[[dict[str, Any]], str],
    handlers: dict[str, Callable[[dict[str, Any], dict[str, str]], str]],
) -> CompiledStateGraph:
    """Return a graph that sends each kind of failure to the node that handles it."""

    ### BEGIN SOLUTION
    class Orders(TypedDict, total=False):
        order: dict[str, Any]
        outcome: str | None  # None while the order is under way
        error: dict[str, str] | None
        result: Any

    def step_node(
        step: str, run: Callable[[dict[str, Any]], Any], expected: tuple[type[Exception], ...], handler: str
    ) -> Callable[[Orders], Orders]:
        def node(state: Orders) -> Orders:
            try:
                result = run(state["order"])
            except GraphBubbleUp:  # how `interrupt` pauses a run: not a failure
                raise
            except Exception as error:
                told = {"step": step, "type": type(error).__name__, "message": str(error)}
                return {"outcome": handler if isinstance(error, expected) else "page", "error": told}
            return {"outcome": "done" if step == "process" else None, "error": None, "result": result}

        return node

    def handler_node(name: str) -> Callable[[Orders], Orders]:
        return lambda state: {"result": handlers[name](state["order"], state["error"])}

    builder = StateGraph(Orders).add_edge(START, "validate")
    builder.add_node("validate", step_node("validate", validate, (ValueError,), "reject"))
    builder.add_node("process", step_node("process", process, (ConnectionError, TimeoutError), "park"))
    for name in ("reject", "park", "page"):
        builder.add_node(name, handler_node(name))
    builder.add_conditional_edges(
        "validate", lambda state: state["outcome"] or "process", ["process", "reject", "page"]
    )
    builder.add_conditional_edges(
        "process", lambda state: state["outcome"], {"done": END, "park": "park", "page": "page"}
    )
    return builder.compile(checkpointer=saver)
    ### END SOLUTION


# %% [markdown] exercise="route_by_outcome" tags=["hint"]
# What goes from one node to the next is the state, and nothing else is there after a kill. So what does a
# step have to return when its function has raised? And which exceptions come out of that function that
# tell of no failure at all: how does `interrupt` leave the function that called it?

# %% [markdown] exercise="route_by_outcome" tags=["hint"]
# `interrupt` raises `GraphInterrupt`, an `Exception` whose base class is `GraphBubbleUp`: let it through
# before you catch the rest. `add_conditional_edges(node, router, […])` asks the state where to go;
# `Command(update=…, goto=…)` does both in one. `add_node(…, error_handler=…)` works, too, and never sees
# an interrupt; but once it has run, the edges of the failed node are not followed, so it must return a
# `Command` with `goto`.

# %% [markdown] exercise="route_by_outcome" tags=["hint"]
# ```python
# def node(state):
#     try:
#         result = run(state["order"])
#     except GraphBubbleUp:
#         …
#     except Exception as error:
#         told = {"step": step, "type": …, "message": …}
#         return {"outcome": … if isinstance(error, expected) else …, "error": told}
#     return {"outcome": …, "error": …, "result": result}    # what would be left of the order before?
# ```
# Two nodes are made like this, each with its own `step`, `run`, `expected` and handler. Then three nodes
# that call `handlers[name](…)`, and a router after each step.


# %% exercise="route_by_outcome" tags=["near-miss"] says="swallowed the interrupt"
class Orders(TypedDict, total=False):
    order: dict
    outcome: str | None
    error: dict | None
    result: Any


def build_orders(saver, validate, process, handlers):
    def attempt(step, run, expected, handler):
        def node(state):
            try:
                result = run(state["order"])
            except expected as error:
                outcome = handler
                told = {"step": step, "type": type(error).__name__, "message": str(error)}
            except Exception as error:  # whatever else comes
                outcome = "page"
                told = {"step": step, "type": type(error).__name__, "message": str(error)}
            else:
                return {"outcome": "done" if step == "process" else None, "error": None, "result": result}
            return {"outcome": outcome, "error": told}

        return node

    builder = StateGraph(Orders).add_edge(START, "validate")
    builder.add_node("validate", attempt("validate", validate, ValueError, "reject"))
    builder.add_node("process", attempt("process", process, (ConnectionError, TimeoutError), "park"))
    for name in handlers:
        builder.add_node(
            name, lambda state, name=name: {"result": handlers[name](state["order"], state["error"])}
        )
    builder.add_conditional_edges("validate", lambda state: state["outcome"] or "process")
    builder.add_conditional_edges(
        "process", lambda state: END if state["outcome"] == "done" else state["outcome"]
    )
    return builder.compile(checkpointer=saver)


# %% exercise="route_by_outcome" tags=["near-miss"] says="which step had raised it"
class Orders(TypedDict, total=False):
    order: dict
    outcome: str | None
    error: dict | None
    result: Any


def build_orders(saver, validate, process, handlers):
    def attempt(step, run):
        def node(state):
            try:
                result = run(state["order"])
            except GraphBubbleUp:
                raise
            except Exception as error:
                # The class of an error says what kind of error it is.
                kinds = {ValueError: "reject", ConnectionError: "park", TimeoutError: "park"}
                outcome = next((kinds[kind] for kind in kinds if isinstance(error, kind)), "page")
                told = {"step": step, "type": type(error).__name__, "message": str(error)}
                return {"outcome": outcome, "error": told}
            return {"outcome": "done" if step == "process" else None, "error": None, "result": result}

        return node

    builder = StateGraph(Orders).add_edge(START, "validate")
    builder.add_node("validate", attempt("validate", validate)).add_node(
        "process", attempt("process", process)
    )
    for name in handlers:
        builder.add_node(
            name, lambda state, name=name: {"result": handlers[name](state["order"], state["error"])}
        )
    builder.add_conditional_edges("validate", lambda state: state["outcome"] or "process")
    builder.add_conditional_edges(
        "process", lambda state: END if state["outcome"] == "done" else state["outcome"]
    )
    return builder.compile(checkpointer=saver)


# %% exercise="route_by_outcome" tags=["near-miss"] says="never came to the node"
class Orders(TypedDict, total=False):
    order: dict
    outcome: str | None
    error: dict | None
    result: Any


def build_orders(saver, validate, process, handlers):
    def attempt(step, run, expected, handler):
        def node(state):
            try:
                result = run(state["order"])
            except GraphBubbleUp:
                raise
            except Exception as error:
                name = handler if isinstance(error, expected) else "page"
                told = {"step": step, "type": type(error).__name__, "message": str(error)}
                # It is handled on the spot: a node for that would be a detour.
                return {"outcome": name, "error": told, "result": handlers[name](state["order"], told)}
            return {"outcome": "done" if step == "process" else None, "error": None, "result": result}

        return node

    builder = StateGraph(Orders).add_edge(START, "validate")
    builder.add_node("validate", attempt("validate", validate, ValueError, "reject"))
    builder.add_node("process", attempt("process", process, (ConnectionError, TimeoutError), "park"))
    builder.add_conditional_edges(
        "validate", lambda state: END if state["outcome"] else "process", ["process", END]
    )
    return builder.compile(checkpointer=saver)


# %% exercise="route_by_outcome" tags=["near-miss"] says="only the state is saved"
class Orders(TypedDict, total=False):
    order: dict
    outcome: str | None
    error: dict | None
    result: Any


def build_orders(saver, validate, process, handlers):
    failed = {}  # the handler picks it up from here

    def attempt(step, run, expected, handler):
        def node(state):
            try:
                result = run(state["order"])
            except GraphBubbleUp:
                raise
            except Exception as error:
                failed.update(step=step, type=type(error).__name__, message=str(error))
                return {"outcome": handler if isinstance(error, expected) else "page"}
            return {"outcome": "done" if step == "process" else None, "error": None, "result": result}

        return node

    def handle(name):
        return lambda state: {"result": handlers[name](state["order"], dict(failed)), "error": dict(failed)}

    builder = StateGraph(Orders).add_edge(START, "validate")
    builder.add_node("validate", attempt("validate", validate, ValueError, "reject"))
    builder.add_node("process", attempt("process", process, (ConnectionError, TimeoutError), "park"))
    for name in handlers:
        builder.add_node(name, handle(name))
    builder.add_conditional_edges("validate", lambda state: state["outcome"] or "process")
    builder.add_conditional_edges(
        "process", lambda state: END if state["outcome"] == "done" else state["outcome"]
    )
    return builder.compile(checkpointer=saver)


# %% exercise="route_by_outcome" tags=["near-miss"] says="the edges of a failed node are not followed"
from langgraph.errors import NodeError


class Orders(TypedDict, total=False):
    order: dict
    outcome: str | None
    error: dict | None
    result: Any


def build_orders(saver, validate, process, handlers):
    expected = {
        "validate": (ValueError, "reject"),
        "process": ((ConnectionError, TimeoutError), "park"),
    }

    def on_error(state, error: NodeError):
        kinds, handler = expected[error.node]
        told = {"step": error.node, "type": type(error.error).__name__, "message": str(error.error)}
        # The router after the node sees this, and goes to the handler.
        return {"outcome": handler if isinstance(error.error, kinds) else "page", "error": told}

    def check_order(state):
        validate(state["order"])
        return {"outcome": None, "error": None}

    def process_order(state):
        return {"result": process(state["order"]), "outcome": "done", "error": None}

    builder = StateGraph(Orders).add_edge(START, "validate")
    builder.add_node("validate", check_order, error_handler=on_error)
    builder.add_node("process", process_order, error_handler=on_error)
    for name in handlers:
        builder.add_node(
            name, lambda state, name=name: {"result": handlers[name](state["order"], state["error"])}
        )
    builder.add_conditional_edges("validate", lambda state: state["outcome"] or "process")
    builder.add_conditional_edges(
        "process", lambda state: END if state["outcome"] == "done" else state["outcome"]
    )
    return builder.compile(checkpointer=saver)


# %% exercise="route_by_outcome" tags=["near-miss"] says="of the order before"
class Orders(TypedDict, total=False):
    order: dict
    outcome: str
    error: dict
    result: Any


def build_orders(saver, validate, process, handlers):
    def attempt(step, run, expected, handler, then):
        def node(state):
            try:
                result = run(state["order"])
            except GraphBubbleUp:
                raise
            except Exception as error:
                name = handler if isinstance(error, expected) else "page"
                told = {"step": step, "type": type(error).__name__, "message": str(error)}
                return Command(update={"outcome": name, "error": told}, goto=name)
            # Nothing went wrong, so there is no error to write.
            return Command(update={"outcome": "done", "result": result}, goto=then)

        return node

    builder = StateGraph(Orders).add_edge(START, "validate")
    builder.add_node("validate", attempt("validate", validate, ValueError, "reject", "process"))
    builder.add_node("process", attempt("process", process, (ConnectionError, TimeoutError), "park", END))
    for name in handlers:
        builder.add_node(
            name, lambda state, name=name: {"result": handlers[name](state["order"], state["error"])}
        )
    return builder.compile(checkpointer=saver)


# %% exercise="route_by_outcome" tags=["alternative"]
from langgraph.errors import NodeError


class Handling(TypedDict, total=False):
    order: dict
    outcome: str
    error: dict | None
    result: str


def build_orders(saver, validate, process, handlers):
    """LangGraph's own error handlers, which no interrupt reaches; a `Command` leads on from them."""

    def on_error(state: Handling, error: NodeError) -> Command[Literal["reject", "park", "page"]]:
        expected = {"validate": ValueError, "process": (ConnectionError, TimeoutError)}[error.node]
        usual = {"validate": "reject", "process": "park"}[error.node]
        name = usual if isinstance(error.error, expected) else "page"
        told = {"step": error.node, "type": type(error.error).__name__, "message": f"{error.error}"}
        return Command(update={"error": told, "outcome": name}, goto=name)

    def validated(state: Handling):
        validate(state["order"])

    def processed(state: Handling):
        return {"result": process(state["order"]), "outcome": "done", "error": None}

    builder = StateGraph(Handling)
    builder.add_node("validate", validated, error_handler=on_error)
    builder.add_node("process", processed, error_handler=on_error)
    builder.add_edge(START, "validate").add_edge("validate", "process").add_edge("process", END)
    for name, handle in handlers.items():
        builder.add_node(
            name, lambda state, handle=handle: {"result": handle(state["order"], state["error"])}
        )
    return builder.compile(checkpointer=saver)


# %% exercise="route_by_outcome" tags=["alternative"]
class Book(TypedDict, total=False):
    order: dict
    outcome: str
    error: dict | None
    result: str


class Step:
    """A node that says itself where to go; expected failures are caught first, then all but LangGraph's own."""

    def __init__(self, name, run, expected, handler, then):
        self.name, self.run, self.then = name, run, then
        self.expected, self.handler = expected, handler

    def __call__(self, state):
        try:
            result = self.run(state["order"])
        except self.expected as error:
            return self.fail(error, self.handler)
        except Exception as error:
            if isinstance(error, GraphBubbleUp):
                raise
            return self.fail(error, "page")
        return Command(update={"result": result, "error": None, "outcome": "done"}, goto=self.then)

    def fail(self, error, handler):
        told = {"step": self.name, "type": error.__class__.__name__, "message": str(error)}
        return Command(update={"outcome": handler, "error": told}, goto=handler)


def build_orders(saver, validate, process, handlers):
    """One class for both steps, and no router."""
    builder = StateGraph(Book)
    builder.add_node("validate", Step("validate", validate, ValueError, "reject", "process"))
    builder.add_node("process", Step("process", process, (ConnectionError, TimeoutError), "park", END))

    def reject(state):
        return {"result": handlers["reject"](state["order"], state["error"])}

    def park(state):
        return {"result": handlers["park"](state["order"], state["error"])}

    def page(state):
        return {"result": handlers["page"](state["order"], state["error"])}

    builder.add_node(reject).add_node(park).add_node(page).add_edge(START, "validate")
    return builder.compile(checkpointer=saver)


# %% [markdown]
# ## Bounded parallelism
#
# The model provider allows eight calls at a time; the ninth is refused, and the account is locked for a
# minute. One by one, the nightly summaries take until ten in the morning. A colleague wrote the limit into
# the config, it was eight on her laptop, and on the server, which has more cores, the account was locked all
# night.
#
# `summarise_all(db_path, thread_id, documents, summarise, limit)` returns the summary of each document, in the
# order of `documents`, which are distinct.
#
# - `summarise(document)` waits for the provider and returns a string. It is an ordinary function, and may be
#   called from several threads.
# - While there is enough to do, `limit` calls are under way at the same time, and never more, on any machine.
#   `limit` may be 1.
# - Each summary is saved by itself, in LangGraph checkpoints in the file `db_path`, in the thread `thread_id` or
#   in threads whose ids you make from it. A `thread_id` always comes with the same documents.
# - Where a call raises, `summarise_all` raises the same; whether the rest is still asked after that is up to
#   you. Called again with the same `thread_id`, maybe in another process, it asks for the documents that have no
#   summary yet, and for no other.
#
# ```python
# def summarise(document):
#     time.sleep(0.1)                      # the provider
#     return document.upper()
#
#
# documents = [f"page {number}" for number in range(64)]
# summarise_all("night.db", "monday", documents, summarise, 8)   # ['PAGE 0', 'PAGE 1', …], in a second
# summarise_all("night.db", "monday", documents, summarise, 8)   # the same, and nobody is asked
# ```
#
# **Graded:** 64 documents and other numbers, with several limits, 1 and 2 among them: the provider counts how
# many calls are under way, and nothing hangs; answers that take unequal time; two calls that fail, then a
# restart, a second attempt, and a third that has nothing left to ask.


# %% exercise="bounded_parallelism"
def summarise_all(
    db_path: str, thread_id: str, documents: list[str], summarise: Callable[[str], str], limit: int
) -> list[str]:
    """Return a summary of each document, with `limit` calls at a time, and each paid for once."""

    ### BEGIN SOLUTION
    class Night(TypedDict):
        documents: list[str]
        summaries: Annotated[dict[int, str], operator.or_]

    def fan_out(state: Night) -> list[Send]:
        return [Send("ask", (place, document)) for place, document in enumerate(state["documents"])]

    def ask(one: tuple[int, str]) -> dict[str, dict[int, str]]:
        place, document = one
        return {"summaries": {place: summarise(document)}}

    builder = StateGraph(Night).add_node("ask", ask).add_conditional_edges(START, fan_out, ["ask"])
    config = {"configurable": {"thread_id": thread_id}, "max_concurrency": limit}
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        begun = graph.get_state(config).created_at is not None
        state = graph.invoke(None if begun else {"documents": documents}, config)
    return [state["summaries"][place] for place in range(len(documents))]
    ### END SOLUTION


# %% [markdown] exercise="bounded_parallelism" tags=["hint"]
# LangGraph saves what a task returns when that task ends. So what should one task be here: the whole list, or
# one document? And who then decides how many tasks run at a time, if you say nothing?

# %% [markdown] exercise="bounded_parallelism" tags=["hint"]
# `Send(node, value)`, returned in a list from a conditional edge, makes one task for each document. A config
# has a key for the number of tasks at a time, `max_concurrency`. Where a thread has begun, `invoke(None, config)` runs only the tasks that have not ended.

# %% [markdown] exercise="bounded_parallelism" tags=["hint"]
# ```python
# class Night(TypedDict):
#     documents: list[str]
#     summaries: Annotated[dict[int, str], …]          # the place of a document → its summary
#
# def fan_out(state):
#     return [Send("ask", …) for place, document in enumerate(state["documents"])]
#
# builder = StateGraph(Night).add_node("ask", …).add_conditional_edges(START, fan_out, ["ask"])
# config = …
# with SqliteSaver.from_conn_string(db_path) as saver:
#     graph = builder.compile(checkpointer=saver)
#     state = graph.invoke(…, config)                  # None if the thread has begun
# ```
# The place of `max_concurrency` is beside `"configurable"`, not in it.


# %% exercise="bounded_parallelism" tags=["near-miss"] says="counts at the top level of a config"
class Night(TypedDict):
    documents: list[str]
    summaries: Annotated[list[str], operator.add]


def summarise_all(db_path, thread_id, documents, summarise, limit):
    def fan_out(state):
        return [Send("ask", {"document": document}) for document in state["documents"]]

    def ask(one):
        return {"summaries": [summarise(one["document"])]}

    builder = StateGraph(Night).add_node("ask", ask).add_conditional_edges(START, fan_out, ["ask"])
    # What configures a run goes into `configurable`.
    config = {"configurable": {"thread_id": thread_id, "max_concurrency": limit}}
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        begun = graph.get_state(config).created_at is not None
        return graph.invoke(None if begun else {"documents": documents}, config)["summaries"]


# %% exercise="bounded_parallelism" tags=["near-miss"] says="a deadlock"
def summarise_all(db_path, thread_id, documents, summarise, limit):
    ask = task(summarise, name="ask")
    with SqliteSaver.from_conn_string(db_path) as saver:

        @entrypoint(checkpointer=saver)
        def night(documents: list[str]) -> list[str]:
            return [future.result() for future in [ask(document) for document in documents]]

        # The entrypoint only waits, so it takes no place.
        config = {"configurable": {"thread_id": thread_id}, "max_concurrency": limit}
        begun = night.get_state(config).created_at is not None
        return night.invoke(None if begun else documents, config)


# %% exercise="bounded_parallelism" tags=["near-miss"] says="no task had been saved by itself"
from concurrent.futures import ThreadPoolExecutor


class Night(TypedDict):
    documents: list[str]
    summaries: list[str]


def summarise_all(db_path, thread_id, documents, summarise, limit):
    def ask(state):
        with ThreadPoolExecutor(limit) as pool:  # the node's checkpoint keeps what it has done so far
            return {"summaries": list(pool.map(summarise, state["documents"]))}

    builder = StateGraph(Night).add_node("ask", ask).add_edge(START, "ask")
    config = {"configurable": {"thread_id": thread_id}}
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        begun = graph.get_state(config).created_at is not None
        return graph.invoke(None if begun else {"documents": documents}, config)["summaries"]


# %% exercise="bounded_parallelism" tags=["near-miss"] says="the input was sent again"
class Night(TypedDict):
    documents: list[str]
    summaries: Annotated[dict[int, str], operator.or_]


def summarise_all(db_path, thread_id, documents, summarise, limit):
    def fan_out(state):
        return [Send("ask", (place, document)) for place, document in enumerate(state["documents"])]

    def ask(one):
        return {"summaries": {one[0]: summarise(one[1])}}

    builder = StateGraph(Night).add_node("ask", ask).add_conditional_edges(START, fan_out, ["ask"])
    config = {"configurable": {"thread_id": thread_id}, "max_concurrency": limit}
    with SqliteSaver.from_conn_string(db_path) as saver:
        # The saver knows what is done, and skips it.
        state = builder.compile(checkpointer=saver).invoke({"documents": documents}, config)
    return [state["summaries"][place] for place in range(len(documents))]


# %% exercise="bounded_parallelism" tags=["near-miss"] says="in the order in which the calls ended"
class Night(TypedDict):
    documents: list[str]
    summaries: Annotated[list, operator.add]


def summarise_all(db_path, thread_id, documents, summarise, limit):
    def fan_out(state):
        return [Send("ask", document) for document in state["documents"]]

    def ask(document):
        return {"summaries": [summarise(document)]}

    builder = StateGraph(Night).add_node("ask", ask).add_conditional_edges(START, fan_out, ["ask"])
    config = {"configurable": {"thread_id": thread_id}, "max_concurrency": limit}
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        saved = graph.get_state(config)
        if saved.created_at and not saved.tasks:
            return saved.values["summaries"]
        found = [
            task.result["summaries"][0] for task in saved.tasks if task.result and "summaries" in task.result
        ]
        step = None if saved.created_at else {"documents": documents}
        for update in graph.stream(step, config, stream_mode="updates"):  # tasks come in their order
            found += update["ask"]["summaries"]
        return found


# %% exercise="bounded_parallelism" tags=["near-miss"] says="more than the provider allows"
class Night(TypedDict):
    documents: list[str]
    summaries: Annotated[list[str], operator.add]


def summarise_all(db_path, thread_id, documents, summarise, limit):
    def fan_out(state):
        return [Send("ask", document) for document in state["documents"]]

    def ask(document):
        return {"summaries": [summarise(document)]}

    builder = StateGraph(Night).add_node("ask", ask).add_conditional_edges(START, fan_out, ["ask"])
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        # LangGraph runs the tasks of a super-step in parallel: give it room.
        config = {"configurable": {"thread_id": thread_id}, "max_concurrency": len(documents)}
        begun = graph.get_state(config).created_at is not None
        return graph.invoke(None if begun else {"documents": documents}, config)["summaries"]


# %% exercise="bounded_parallelism" tags=["alternative"]
def summarise_all(db_path, thread_id, documents, summarise, limit):
    """Tasks, with a semaphore of one's own as the limit, and threads to spare for the entrypoint."""
    free = threading.BoundedSemaphore(limit)

    @task
    def ask(document: str) -> str:
        with free:
            return summarise(document)

    with SqliteSaver.from_conn_string(db_path) as saver:

        @entrypoint(checkpointer=saver)
        def night(documents: list[str]) -> list[str]:
            return [future.result() for future in [ask(document) for document in documents]]

        config = {"configurable": {"thread_id": thread_id}, "max_concurrency": limit + 3}
        saved = night.get_state(config)
        if saved.created_at and not saved.tasks:
            return saved.values
        return night.invoke(None if saved.created_at else documents, config)


# %% exercise="bounded_parallelism" tags=["alternative"]
class Page(TypedDict, total=False):
    document: str
    summary: str


def summarise_all(db_path, thread_id, documents, summarise, limit):
    """A thread for each document, and `batch`, which keeps to `max_concurrency` as well."""

    def ask(state):
        return {"summary": summarise(state["document"])}

    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = StateGraph(Page).add_node(ask).add_edge(START, "ask").compile(checkpointer=saver)
        configs = [
            {"configurable": {"thread_id": f"{thread_id}/{place}"}, "max_concurrency": limit}
            for place in range(len(documents))
        ]
        todo = [
            place for place, config in enumerate(configs) if "summary" not in graph.get_state(config).values
        ]
        pages = [{"document": documents[place]} for place in todo]
        for came in graph.batch(pages, [configs[place] for place in todo], return_exceptions=True):
            if isinstance(came, Exception):
                raise came
        return [graph.get_state(config).values["summary"] for config in configs]


# %% [markdown]
# ## A cache that outlives the process
#
# Each answer of the advisor costs four cents. In March somebody put a cache on its node, and the bill stayed
# the same. In April somebody mended that, the bill fell by half, and a customer was shown another customer's
# balance. Since then there is no cache. Build one.
#
# `build_advisor(cache_path, ask)` returns a compiled graph, without a checkpointer. Its input is a dict with
# `user`, `question` and `request_id`, a string each, the id another for every request. A run returns a state
# with the `request_id` of its request and the `answer`: what `ask(user, question)` returned, a string.
#
# - `ask` costs money: it is called once for each user and question, both taken exactly as they are spelled.
#   Every later request gets the kept answer, in this process and in those after it. Requests come one after
#   another, never two at once.
# - What is kept lies in the file `cache_path`, which may not exist yet.
# - No answer given to one user is ever shown to another.
# - What `ask` raises comes out of the run, and is not kept: the next request asks again.
#
# ```python
# def ask(user, question):
#     print("asked for", user)
#     return f"{user} has 12 euros."
#
#
# graph = build_advisor("answers.db", ask)
# graph.invoke({"user": "ada", "question": "my balance?", "request_id": "r1"})["answer"]   # asked for ada
# graph.invoke({"user": "ada", "question": "my balance?", "request_id": "r2"})["answer"]   # nothing is asked
# graph.invoke({"user": "bob", "question": "my balance?", "request_id": "r3"})["answer"]   # asked for bob
# ```
#
# **Graded:** the calls that reach a backend are counted outside your process: repeated requests, with the same
# request id and with new ones; the same question from two users; after a restart; users and questions that
# contain any of the signs a key could be put together with, or differ in capitals only; a backend that fails
# once.


# %% exercise="cache_across_restarts"
def build_advisor(cache_path: str, ask: Callable[[str, str], str]) -> CompiledStateGraph:
    """Return a graph that answers, and asks once for each user and question."""

    ### BEGIN SOLUTION
    class Request(TypedDict, total=False):
        user: str
        question: str
        request_id: str
        answer: str

    def answer(state: Request) -> Request:
        return {"answer": ask(state["user"], state["question"])}

    def key(state: Request) -> str:
        return json.dumps([state["user"], state["question"]])

    builder = StateGraph(Request).add_edge(START, "answer")
    builder.add_node("answer", answer, cache_policy=CachePolicy(key_func=key))
    return builder.compile(cache=SqliteCache(path=cache_path))
    ### END SOLUTION


# %% [markdown] exercise="cache_across_restarts" tags=["hint"]
# A cache is three decisions: what is kept, where, and under which key. LangGraph asks for them in two places,
# and says nothing when one is missing. As to the key: which parts of the input decide the answer, and which
# do not?

# %% [markdown] exercise="cache_across_restarts" tags=["hint"]
# `add_node(…, cache_policy=CachePolicy(key_func=…))` says what is kept and under which key;
# `compile(cache=…)` says where: `SqliteCache(path=…)` from `langgraph.cache.sqlite`. Without `key_func` the
# key is made of the node's whole input. `key_func` is given that input, and returns a string or bytes.

# %% [markdown] exercise="cache_across_restarts" tags=["hint"]
# ```python
# def answer(state: Request):
#     return {"answer": …}            # what is returned here is what a later request gets
#
# def key(state: Request) -> str:
#     return …                        # may "ada" + "b c" ever give the same as "ada b" + "c"?
#
# builder = StateGraph(Request).add_edge(START, "answer")
# builder.add_node("answer", answer, cache_policy=CachePolicy(key_func=key))
# return builder.compile(cache=…)
# ```


# %% exercise="cache_across_restarts" tags=["near-miss"] says="`compile(cache=…)` says where"
class Request(TypedDict, total=False):
    user: str
    question: str
    request_id: str
    answer: str


def build_advisor(cache_path, ask):
    builder = StateGraph(Request).add_edge(START, "answer")
    builder.add_node(
        "answer",
        lambda state: {"answer": ask(state["user"], state["question"])},
        cache_policy=CachePolicy(key_func=lambda state: json.dumps([state["user"], state["question"]])),
    )
    return builder.compile()  # the node has its policy


# %% exercise="cache_across_restarts" tags=["near-miss"] says="makes it from the node's whole input"
class Request(TypedDict, total=False):
    user: str
    question: str
    request_id: str
    answer: str


def build_advisor(cache_path, ask):
    builder = StateGraph(Request).add_edge(START, "answer")
    builder.add_node(
        "answer",
        lambda state: {"answer": ask(state["user"], state["question"])},
        cache_policy=CachePolicy(),  # the default key knows what the node uses
    )
    return builder.compile(cache=SqliteCache(path=cache_path))


# %% exercise="cache_across_restarts" tags=["near-miss"] says="lived in the memory of the process"
class Request(TypedDict, total=False):
    user: str
    question: str
    request_id: str
    answer: str


def build_advisor(cache_path, ask):
    builder = StateGraph(Request).add_edge(START, "answer")
    builder.add_node(
        "answer",
        lambda state: {"answer": ask(state["user"], state["question"])},
        cache_policy=CachePolicy(key_func=lambda state: json.dumps([state["user"], state["question"]])),
    )
    return builder.compile(cache=InMemoryCache())  # the cache is what makes it survive


# %% exercise="cache_across_restarts" tags=["near-miss"] says="was shown to"
class Request(TypedDict, total=False):
    user: str
    question: str
    request_id: str
    answer: str


def build_advisor(cache_path, ask):
    builder = StateGraph(Request).add_edge(START, "answer")
    builder.add_node(
        "answer",
        lambda state: {"answer": ask(state["user"], state["question"])},
        cache_policy=CachePolicy(
            key_func=lambda state: state["question"]
        ),  # the same question, the same answer
    )
    return builder.compile(cache=SqliteCache(path=cache_path))


# %% exercise="cache_across_restarts" tags=["near-miss"] says="came to the same key"
class Request(TypedDict, total=False):
    user: str
    question: str
    request_id: str
    answer: str


def build_advisor(cache_path, ask):
    builder = StateGraph(Request).add_edge(START, "answer")
    builder.add_node(
        "answer",
        lambda state: {"answer": ask(state["user"], state["question"])},
        # Both are in the key, so two users cannot meet in it.
        cache_policy=CachePolicy(key_func=lambda state: f"{state['user']}:{state['question']}"),
    )
    return builder.compile(cache=SqliteCache(path=cache_path))


# %% exercise="cache_across_restarts" tags=["near-miss"] says="of an earlier request"
class Request(TypedDict, total=False):
    user: str
    question: str
    request_id: str
    answer: str


def build_advisor(cache_path, ask):
    def answer(state):
        return {**state, "answer": ask(state["user"], state["question"])}  # a node returns the new state

    builder = StateGraph(Request).add_edge(START, "answer")
    policy = CachePolicy(key_func=lambda state: json.dumps([state["user"], state["question"]]))
    builder.add_node("answer", answer, cache_policy=policy)
    return builder.compile(cache=SqliteCache(path=cache_path))


# %% exercise="cache_across_restarts" tags=["near-miss"] says="a failure was kept"
class Request(TypedDict, total=False):
    user: str
    question: str
    request_id: str
    answer: str


def build_advisor(cache_path, ask):
    def answer(state):
        try:
            return {"answer": ask(state["user"], state["question"])}
        except Exception:
            return {"answer": "Sorry, try again later."}  # be kind; the next request will ask again

    builder = StateGraph(Request).add_edge(START, "answer")
    policy = CachePolicy(key_func=lambda state: json.dumps([state["user"], state["question"]]))
    builder.add_node("answer", answer, cache_policy=policy)
    return builder.compile(cache=SqliteCache(path=cache_path))


# %% exercise="cache_across_restarts" tags=["alternative"]
class Asked(TypedDict):
    user: str
    question: str


class Request(Asked, total=False):
    request_id: str
    answer: str


def build_advisor(cache_path, ask):
    """The default key, of a node that is shown nothing but what decides the answer."""

    def answer(state: Asked):
        return {"answer": ask(state["user"], state["question"])}

    builder = StateGraph(Request).add_edge(START, "answer")
    builder.add_node("answer", answer, input_schema=Asked, cache_policy=CachePolicy())
    return builder.compile(cache=SqliteCache(path=cache_path))


# %% exercise="cache_across_restarts" tags=["alternative"]
def build_advisor(cache_path, ask):
    """The functional API: a task that is cached."""
    paid = task(
        ask, name="ask", cache_policy=CachePolicy(key_func=lambda user, question: repr((user, question)))
    )

    @entrypoint(cache=SqliteCache(path=cache_path))
    def advise(request: dict) -> dict:
        return {**request, "answer": paid(request["user"], request["question"]).result()}

    return advise


# %% exercise="cache_across_restarts" tags=["alternative"]
class Request(TypedDict, total=False):
    user: str
    question: str
    request_id: str
    answer: str


def build_advisor(cache_path, ask):
    """A table of one's own, which LangGraph knows nothing of."""
    import sqlite3

    db = sqlite3.connect(cache_path, check_same_thread=False)
    db.execute("create table if not exists answers (user, question, answer, primary key (user, question))")

    def answer(state):
        key = (state["user"], state["question"])
        row = db.execute("select answer from answers where user = ? and question = ?", key).fetchone()
        if row is None:
            row = (ask(*key),)
            with db:
                db.execute("insert into answers values (?, ?, ?)", (*key, *row))
        return {"answer": row[0]}

    return StateGraph(Request).add_node(answer).add_edge(START, "answer").compile()


# %% [markdown]
# ## Observe a run
#
# The dashboard says that last night no node failed and that `charge` takes 4 ms. The payment provider says
# that it refused every second call, and that each took half a second. Both are right: the dashboard counts
# what the graph's stream shows. Write what the dashboard should have been built on.
#
# `observed(graph, log, registry)` returns a function `run(input, config)`, which does what `graph.invoke`
# does: it returns the same and raises the same. `graph` is compiled with a saver, its nodes have retry
# policies, some ask a person by `interrupt`, none is a subgraph, and plain edges lead from `START`. `observed`
# is called once for a registry; `run` once for each request, also from several threads at once.
#
# Each attempt of a node, the first or a repeated one, has one line in the text file `log`, and nothing else
# has any. The line is in the file, and not in a buffer, before the next node begins: a process may be killed
# at any time. It is a JSON object with these keys:
#
# | key | holds |
# |---|---|
# | `"thread"` | the thread id |
# | `"node"` | the node's name |
# | `"attempt"` | 1 for a first attempt, 2 for the first retry; a node that is reached again, in this run or another, is at 1 again |
# | `"outcome"` | `"ok"`, `"error"` or `"interrupt"` |
# | `"error"` | the name of the exception's class, where the outcome is `"error"`, otherwise `null` |
# | `"seconds"` | how long this attempt took, without what was before it |
#
# The Prometheus `registry` gets three metrics, which agree with the log: the counter `node_attempts` with the
# labels `node` and `outcome`; the counter `node_retries` with the label `node`, for the attempts after the
# first; the histogram `node_seconds` with the label `node`.
#
# ```python
# run = observed(graph, open("run.log", "a"), CollectorRegistry())
# run({"order": "lamp"}, {"configurable": {"thread_id": "o-1"}})
# # {"thread": "o-1", "node": "charge", "attempt": 1, "outcome": "error", "error": "TimeoutError", "seconds": 0.51}
# # {"thread": "o-1", "node": "charge", "attempt": 2, "outcome": "ok", "error": null, "seconds": 0.48}
# # {"thread": "o-1", "node": "approve", "attempt": 1, "outcome": "interrupt", "error": null, "seconds": 0.001}
# ```
#
# **Graded:** lines and metrics against a backend's own ledger of attempts: retries, an interrupt and its
# resume, a node that fails to the end; nodes that are reached twice, that run in parallel, that call other
# runnables, also one with the node's own name; runs at the same time; callbacks that come with `config` are
# still called.


# %% exercise="observe_a_run"
def observed(
    graph: CompiledStateGraph, log: TextIO, registry: CollectorRegistry
) -> Callable[[Any, dict[str, Any]], dict[str, Any]]:
    """Return a function that invokes `graph` and tells `log` and `registry` of each attempt of a node."""
    ### BEGIN SOLUTION
    attempts = Counter("node_attempts", "Attempts of nodes.", ["node", "outcome"], registry=registry)
    retries = Counter("node_retries", "Attempts after the first.", ["node"], registry=registry)
    seconds = Histogram("node_seconds", "How long an attempt took.", ["node"], registry=registry)
    lock = threading.Lock()

    class Attempts(BaseCallbackHandler):
        """Watches one run: each attempt of a node is a chain of its own, and its parent is the graph's."""

        def __init__(self) -> None:
            self.graph: Any = None  # the run id of the graph itself
            self.made: dict[str, int] = {}  # task → attempts
            self.begun: dict[Any, tuple[dict[str, Any], float]] = {}

        def on_chain_start(self, serialized, inputs, *, run_id, parent_run_id=None, metadata=None, **kwargs):
            if self.graph is None:
                self.graph = run_id  # the first chain of all
            if parent_run_id != self.graph:
                return
            with lock:
                node = metadata["langgraph_node"]
                task_of = metadata["langgraph_checkpoint_ns"]  # the same for all attempts of a task
                self.made[task_of] = number = self.made.get(task_of, 0) + 1
                line = {"thread": metadata["thread_id"], "node": node, "attempt": number}
                self.begun[run_id] = line, time.perf_counter()

        def on_chain_end(self, outputs, *, run_id, **kwargs):
            self.note(run_id, "ok")

        def on_chain_error(self, error, *, run_id, **kwargs):
            if isinstance(error, GraphBubbleUp):  # how an interrupt leaves its node
                self.note(run_id, "interrupt")
            else:
                self.note(run_id, "error", type(error).__name__)

        def note(self, run_id: Any, outcome: str, error: str | None = None) -> None:
            with lock:
                line, begun = self.begun.pop(run_id, (None, 0.0))
                if line is None:
                    return
                took = time.perf_counter() - begun
                print(
                    json.dumps({**line, "outcome": outcome, "error": error, "seconds": took}),
                    file=log,
                    flush=True,
                )
            attempts.labels(line["node"], outcome).inc()
            retries.labels(line["node"]).inc(line["attempt"] > 1)
            seconds.labels(line["node"]).observe(took)

    def run(input: Any, config: dict[str, Any]) -> dict[str, Any]:
        return graph.with_config(callbacks=[Attempts()]).invoke(input, config)

    return run
    ### END SOLUTION


# %% [markdown] exercise="observe_a_run" tags=["hint"]
# A retry happens inside of one task: the stream hears of the task when it has ended, and nothing of what it
# took. Who else is told each time a piece of code begins, ends or raises, before the task is over?

# %% [markdown] exercise="observe_a_run" tags=["hint"]
# A `BaseCallbackHandler` in `callbacks` has `on_chain_start`, `on_chain_end` and `on_chain_error`, each with
# a `run_id`; the first is also given a `parent_run_id` and `metadata`. Print all three for a node that is retried
# and calls another runnable: what do the attempts of one task have in common, and what tells a node from what it
# calls? An interrupt leaves a node as an exception, too. `graph.with_config(callbacks=[…])` adds callbacks, and
# replaces none.

# %% [markdown] exercise="observe_a_run" tags=["hint"]
# ```python
# attempts = Counter("node_attempts", "…", ["node", "outcome"], registry=registry)     # and two more
#
# class Attempts(BaseCallbackHandler):
#     def on_chain_start(self, serialized, inputs, *, run_id, parent_run_id=None, metadata=None, **kwargs):
#         if …:                                   # no attempt of a node
#             return
#         self.begun[run_id] = …, time.perf_counter()
#
#     def on_chain_end(self, outputs, *, run_id, **kwargs):
#         self.note(run_id, "ok", None)
#
#     def on_chain_error(self, error, *, run_id, **kwargs):
#         …                                       # which outcome?
#
# def run(input, config):
#     return graph.with_config(callbacks=[Attempts()]).invoke(input, config)
# ```
# An attempt's `parent_run_id` is the run id of the graph itself, which is the first chain you hear of; what a
# node calls has the attempt as its parent, or another below it. `metadata["langgraph_node"]` is the node's name,
# and all attempts of a task have the same `metadata["langgraph_checkpoint_ns"]`. An interrupt is a
# `GraphBubbleUp`.


# %% exercise="observe_a_run" tags=["near-miss"] says="no stream mode shows a retry"
def observed(graph, log, registry):
    attempts = Counter("node_attempts", "Attempts.", ["node", "outcome"], registry=registry)
    retries = Counter("node_retries", "Retries.", ["node"], registry=registry)
    seconds = Histogram("node_seconds", "Seconds.", ["node"], registry=registry)

    def run(input, config):
        made, began, state = {}, {}, None
        # "tasks" tells when each task starts and ends: a retried one starts again.
        for mode, part in graph.stream(input, config, stream_mode=["tasks", "values"]):
            if mode == "values":
                state = part
            elif "input" in part:
                made[part["id"]], began[part["id"]] = made.get(part["id"], 0) + 1, time.perf_counter()
            else:
                node, number = part["name"], made[part["id"]]
                outcome = "error" if part["error"] else "interrupt" if part["interrupts"] else "ok"
                line = {"thread": config["configurable"]["thread_id"], "node": node, "attempt": number}
                line |= {
                    "outcome": outcome,
                    "error": type(part["error"]).__name__ if part["error"] else None,
                    "seconds": time.perf_counter() - began[part["id"]],
                }
                print(json.dumps(line), file=log, flush=True)
                attempts.labels(node, outcome).inc()
                retries.labels(node).inc(number > 1)
                seconds.labels(node).observe(line["seconds"])
        return state

    return run


# %% exercise="observe_a_run" tags=["near-miss"] says="an interrupt is no failure"
def observed(graph, log, registry):
    attempts = Counter("node_attempts", "Attempts.", ["node", "outcome"], registry=registry)
    retries = Counter("node_retries", "Retries.", ["node"], registry=registry)
    seconds = Histogram("node_seconds", "Seconds.", ["node"], registry=registry)

    class Watch(BaseCallbackHandler):
        graph = None  # its run id

        def __init__(self):
            self.made, self.begun = {}, {}

        def on_chain_start(self, serialized, inputs, *, run_id, parent_run_id=None, metadata=None, **kwargs):
            self.graph = self.graph or run_id
            if parent_run_id == self.graph:
                name = metadata["langgraph_node"]
                task_of = metadata["langgraph_checkpoint_ns"]
                self.made[task_of] = self.made.get(task_of, 0) + 1
                self.begun[run_id] = metadata["thread_id"], name, self.made[task_of], time.perf_counter()

        def on_chain_end(self, outputs, *, run_id, **kwargs):
            self.note(run_id, "ok", None)

        def on_chain_error(self, error, *, run_id, **kwargs):
            self.note(run_id, "error", type(error).__name__)  # what ends in `on_chain_error` has failed

        def note(self, run_id, outcome, error):
            if run_id in self.begun:
                thread, node, number, begun = self.begun.pop(run_id)
                took = time.perf_counter() - begun
                line = {"thread": thread, "node": node, "attempt": number, "outcome": outcome}
                print(json.dumps({**line, "error": error, "seconds": took}), file=log, flush=True)
                attempts.labels(node, outcome).inc()
                retries.labels(node).inc(number > 1)
                seconds.labels(node).observe(took)

    return lambda input, config: graph.with_config(callbacks=[Watch()]).invoke(input, config)


# %% exercise="observe_a_run" tags=["near-miss"] says="this attempt alone"
def observed(graph, log, registry):
    attempts = Counter("node_attempts", "Attempts.", ["node", "outcome"], registry=registry)
    retries = Counter("node_retries", "Retries.", ["node"], registry=registry)
    seconds = Histogram("node_seconds", "Seconds.", ["node"], registry=registry)

    class Watch(BaseCallbackHandler):
        graph = None  # its run id

        def __init__(self):
            self.made, self.since, self.begun = {}, {}, {}

        def on_chain_start(self, serialized, inputs, *, run_id, parent_run_id=None, metadata=None, **kwargs):
            self.graph = self.graph or run_id
            if parent_run_id == self.graph:
                name = metadata["langgraph_node"]
                task_of = metadata["langgraph_checkpoint_ns"]
                self.made[task_of] = self.made.get(task_of, 0) + 1
                since = self.since.setdefault(task_of, time.perf_counter())  # when the node began
                self.begun[run_id] = metadata["thread_id"], name, self.made[task_of], since

        def on_chain_end(self, outputs, *, run_id, **kwargs):
            self.note(run_id, "ok", None)

        def on_chain_error(self, error, *, run_id, **kwargs):
            paused = isinstance(error, GraphBubbleUp)
            self.note(run_id, "interrupt" if paused else "error", None if paused else type(error).__name__)

        def note(self, run_id, outcome, error):
            if run_id in self.begun:
                thread, node, number, begun = self.begun.pop(run_id)
                took = time.perf_counter() - begun
                line = {"thread": thread, "node": node, "attempt": number, "outcome": outcome}
                print(json.dumps({**line, "error": error, "seconds": took}), file=log, flush=True)
                attempts.labels(node, outcome).inc()
                retries.labels(node).inc(number > 1)
                seconds.labels(node).observe(took)

    return lambda input, config: graph.with_config(callbacks=[Watch()]).invoke(input, config)


# %% exercise="observe_a_run" tags=["near-miss"] says="counts on from what was before"
def observed(graph, log, registry):
    attempts = Counter("node_attempts", "Attempts.", ["node", "outcome"], registry=registry)
    retries = Counter("node_retries", "Retries.", ["node"], registry=registry)
    seconds = Histogram("node_seconds", "Seconds.", ["node"], registry=registry)
    made, begun = {}, {}

    class Watch(BaseCallbackHandler):
        graph = None  # its run id

        def on_chain_start(self, serialized, inputs, *, run_id, parent_run_id=None, metadata=None, **kwargs):
            self.graph = self.graph or run_id
            if parent_run_id == self.graph:
                name = metadata["langgraph_node"]
                key = metadata["thread_id"], name  # a node that runs again is being retried
                made[key] = made.get(key, 0) + 1
                begun[run_id] = *key, made[key], time.perf_counter()

        def on_chain_end(self, outputs, *, run_id, **kwargs):
            self.note(run_id, "ok", None)

        def on_chain_error(self, error, *, run_id, **kwargs):
            paused = isinstance(error, GraphBubbleUp)
            self.note(run_id, "interrupt" if paused else "error", None if paused else type(error).__name__)

        def note(self, run_id, outcome, error):
            if run_id in begun:
                thread, node, number, since = begun.pop(run_id)
                took = time.perf_counter() - since
                line = {"thread": thread, "node": node, "attempt": number, "outcome": outcome}
                print(json.dumps({**line, "error": error, "seconds": took}), file=log, flush=True)
                attempts.labels(node, outcome).inc()
                retries.labels(node).inc(number > 1)
                seconds.labels(node).observe(took)

    return lambda input, config: graph.with_config(callbacks=[Watch()]).invoke(input, config)


# %% exercise="observe_a_run" tags=["near-miss"] says="what a node calls"
def observed(graph, log, registry):
    attempts = Counter("node_attempts", "Attempts.", ["node", "outcome"], registry=registry)
    retries = Counter("node_retries", "Retries.", ["node"], registry=registry)
    seconds = Histogram("node_seconds", "Seconds.", ["node"], registry=registry)

    class Watch(BaseCallbackHandler):
        def __init__(self):
            self.made, self.begun = {}, {}

        def on_chain_start(self, serialized, inputs, *, run_id, metadata=None, **kwargs):
            node = (metadata or {}).get("langgraph_node")
            if node:  # only nodes have that
                task_of = metadata["langgraph_checkpoint_ns"]
                self.made[task_of] = self.made.get(task_of, 0) + 1
                self.begun[run_id] = metadata["thread_id"], node, self.made[task_of], time.perf_counter()

        def on_chain_end(self, outputs, *, run_id, **kwargs):
            self.note(run_id, "ok", None)

        def on_chain_error(self, error, *, run_id, **kwargs):
            paused = isinstance(error, GraphBubbleUp)
            self.note(run_id, "interrupt" if paused else "error", None if paused else type(error).__name__)

        def note(self, run_id, outcome, error):
            if run_id in self.begun:
                thread, node, number, begun = self.begun.pop(run_id)
                took = time.perf_counter() - begun
                line = {"thread": thread, "node": node, "attempt": number, "outcome": outcome}
                print(json.dumps({**line, "error": error, "seconds": took}), file=log, flush=True)
                attempts.labels(node, outcome).inc()
                retries.labels(node).inc(number > 1)
                seconds.labels(node).observe(took)

    return lambda input, config: graph.with_config(callbacks=[Watch()]).invoke(input, config)


# %% exercise="observe_a_run" tags=["near-miss"] says="whatever its name"
def observed(graph, log, registry):
    attempts = Counter("node_attempts", "Attempts.", ["node", "outcome"], registry=registry)
    retries = Counter("node_retries", "Retries.", ["node"], registry=registry)
    seconds = Histogram("node_seconds", "Seconds.", ["node"], registry=registry)

    class Watch(BaseCallbackHandler):
        def __init__(self):
            self.made, self.begun = {}, {}

        def on_chain_start(self, serialized, inputs, *, run_id, metadata=None, name=None, **kwargs):
            if name == (metadata or {}).get("langgraph_node", ""):
                # A node's chain has the node's name, and what it calls has another.
                task_of = metadata["langgraph_checkpoint_ns"]
                self.made[task_of] = self.made.get(task_of, 0) + 1
                self.begun[run_id] = metadata["thread_id"], name, self.made[task_of], time.perf_counter()

        def on_chain_end(self, outputs, *, run_id, **kwargs):
            self.note(run_id, "ok", None)

        def on_chain_error(self, error, *, run_id, **kwargs):
            paused = isinstance(error, GraphBubbleUp)
            self.note(run_id, "interrupt" if paused else "error", None if paused else type(error).__name__)

        def note(self, run_id, outcome, error):
            if run_id in self.begun:
                thread, node, number, begun = self.begun.pop(run_id)
                took = time.perf_counter() - begun
                line = {"thread": thread, "node": node, "attempt": number, "outcome": outcome}
                print(json.dumps({**line, "error": error, "seconds": took}), file=log, flush=True)
                attempts.labels(node, outcome).inc()
                retries.labels(node).inc(number > 1)
                seconds.labels(node).observe(took)

    return lambda input, config: graph.with_config(callbacks=[Watch()]).invoke(input, config)


# %% exercise="observe_a_run" tags=["near-miss"] says="callbacks that came with `config`"
def observed(graph, log, registry):
    attempts = Counter("node_attempts", "Attempts.", ["node", "outcome"], registry=registry)
    retries = Counter("node_retries", "Retries.", ["node"], registry=registry)
    seconds = Histogram("node_seconds", "Seconds.", ["node"], registry=registry)

    class Watch(BaseCallbackHandler):
        graph = None  # its run id

        def __init__(self):
            self.made, self.begun = {}, {}

        def on_chain_start(self, serialized, inputs, *, run_id, parent_run_id=None, metadata=None, **kwargs):
            self.graph = self.graph or run_id
            if parent_run_id == self.graph:
                name = metadata["langgraph_node"]
                task_of = metadata["langgraph_checkpoint_ns"]
                self.made[task_of] = self.made.get(task_of, 0) + 1
                self.begun[run_id] = metadata["thread_id"], name, self.made[task_of], time.perf_counter()

        def on_chain_end(self, outputs, *, run_id, **kwargs):
            self.note(run_id, "ok", None)

        def on_chain_error(self, error, *, run_id, **kwargs):
            paused = isinstance(error, GraphBubbleUp)
            self.note(run_id, "interrupt" if paused else "error", None if paused else type(error).__name__)

        def note(self, run_id, outcome, error):
            if run_id in self.begun:
                thread, node, number, begun = self.begun.pop(run_id)
                took = time.perf_counter() - begun
                line = {"thread": thread, "node": node, "attempt": number, "outcome": outcome}
                print(json.dumps({**line, "error": error, "seconds": took}), file=log, flush=True)
                attempts.labels(node, outcome).inc()
                retries.labels(node).inc(number > 1)
                seconds.labels(node).observe(took)

    # The rest of the config is kept.
    return lambda input, config: graph.invoke(input, {**config, "callbacks": [Watch()]})


# %% exercise="observe_a_run" tags=["near-miss"] says="had not been written yet"
from langchain_core.tracers.run_collector import RunCollectorCallbackHandler


def observed(graph, log, registry):
    attempts = Counter("node_attempts", "Attempts.", ["node", "outcome"], registry=registry)
    retries = Counter("node_retries", "Retries.", ["node"], registry=registry)
    seconds = Histogram("node_seconds", "Seconds.", ["node"], registry=registry)

    def run(input, config):
        collector = RunCollectorCallbackHandler()
        try:
            return graph.with_config(callbacks=[collector]).invoke(input, config)
        finally:
            made = {}
            for child in collector.traced_runs[0].child_runs:  # the whole tree, once it is complete
                about = child.extra["metadata"]
                task_of, node = about["langgraph_checkpoint_ns"], about["langgraph_node"]
                made[task_of] = number = made.get(task_of, 0) + 1
                error = child.error.split("(")[0] if child.error else None
                outcome = "interrupt" if error == "GraphInterrupt" else "error" if error else "ok"
                took = (child.end_time - child.start_time).total_seconds()
                line = {"thread": about["thread_id"], "node": node, "attempt": number, "outcome": outcome}
                line |= {"error": error if outcome == "error" else None, "seconds": took}
                print(json.dumps(line), file=log, flush=True)
                attempts.labels(node, outcome).inc()
                retries.labels(node).inc(number > 1)
                seconds.labels(node).observe(took)

    return run


# %% exercise="observe_a_run" tags=["alternative"]
from langchain_core.runnables import Runnable
from langgraph.config import get_config
from langgraph.runtime import get_runtime


def observed(graph, log, registry):
    """No callbacks: a copy of the graph, each node in a wrapper, and LangGraph's own count of the attempts."""
    attempts = Counter("node_attempts", "Attempts.", ["node", "outcome"], registry=registry)
    retries = Counter("node_retries", "Retries.", ["node"], registry=registry)
    seconds = Histogram("node_seconds", "Seconds.", ["node"], registry=registry)

    class Watched(Runnable):
        def __init__(self, name, inner):
            self.name, self.inner = name, inner

        def invoke(self, input, config=None, **kwargs):
            begun, outcome, error = time.perf_counter(), "ok", None
            try:
                return self.inner.invoke(input, config, **kwargs)
            except GraphBubbleUp:
                outcome = "interrupt"
                raise
            except Exception as raised:
                outcome, error = "error", type(raised).__name__
                raise
            finally:
                took, number = time.perf_counter() - begun, get_runtime().execution_info.node_attempt
                thread = get_config()["configurable"]["thread_id"]
                line = {"thread": thread, "node": self.name, "attempt": number}
                line |= {"outcome": outcome, "error": error, "seconds": took}
                print(json.dumps(line), file=log, flush=True)
                attempts.labels(self.name, outcome).inc()
                if number > 1:
                    retries.labels(self.name).inc()
                seconds.labels(self.name).observe(took)

    nodes = {
        name: node if name == START else node.copy({"bound": Watched(name, node.bound)})
        for name, node in graph.nodes.items()
    }
    return graph.copy({"nodes": nodes}).invoke


# %% exercise="observe_a_run" tags=["alternative"]
import logging

from langchain_core.tracers.base import BaseTracer


def observed(graph, log, registry):
    """One tracer for all runs, and the standard library's logging, with a formatter that writes JSON."""
    attempts = Counter("node_attempts", "Attempts.", ["node", "outcome"], registry=registry)
    retries = Counter("node_retries", "Retries.", ["node"], registry=registry)
    seconds = Histogram("node_seconds", "Seconds.", ["node"], registry=registry)
    logger = logging.Logger("attempts")
    logger.addHandler(logging.StreamHandler(log))

    class Tracer(BaseTracer):
        run_inline = True

        def _persist_run(self, run):
            """Keep nothing: what there is to tell has been told."""

        def _on_chain_start(self, run):
            run.extra["begun"] = time.monotonic()

        def _on_chain_end(self, run):
            self.told(run, "ok", None)

        def on_chain_error(self, error, **kwargs):
            run = super().on_chain_error(error, **kwargs)
            if isinstance(error, GraphBubbleUp):
                self.told(run, "interrupt", None)
            else:
                self.told(run, "error", type(error).__name__)
            return run

        def told(self, run, outcome, error):
            if not any(tag.startswith("graph:step:") for tag in run.tags or ()):
                return
            about = run.extra["metadata"]
            siblings = self.run_map[str(run.parent_run_id)].child_runs
            same = [
                one
                for one in siblings
                if one.extra["metadata"]["langgraph_checkpoint_ns"] == about["langgraph_checkpoint_ns"]
            ]
            number, took = len(same), time.monotonic() - run.extra["begun"]
            line = {"thread": about["thread_id"], "node": run.name, "attempt": number, "outcome": outcome}
            logger.info(json.dumps({**line, "error": error, "seconds": took}))
            attempts.labels(run.name, outcome).inc()
            retries.labels(run.name).inc(int(number > 1))
            seconds.labels(run.name).observe(took)

    tracer = Tracer()
    return lambda input, config: graph.with_config(callbacks=[tracer]).invoke(input, config)


# %% [markdown]
# ## Drain on SIGTERM
#
# A worker goes through a queue of orders. Every deploy stops it in the middle of one: the platform sends
# SIGTERM, waits thirty seconds, then sends SIGKILL. On Tuesday a parcel was sent twice, because the worker
# had been stopped between sending it and saving that it was sent. Write the worker's loop, so that a deploy
# costs nothing.
#
# `work(graph, jobs)` runs every job to its end, one after the other. `graph` is compiled with a saver; `jobs`
# maps a thread id to the input of that thread's one run, in the order in which they are to be done.
#
# - When SIGTERM comes, the node that is running ends and is saved, no other node begins, of no job, and the
#   process ends with status 0: return from `work`, or call `sys.exit(0)`. The handler is yours to install.
# - `work` is called with the same jobs again after the restart. It goes on where it stopped: no node that has
#   ended runs again, and jobs that are finished are left alone.
#
# `work` is called in the main thread, and its nodes are ordinary functions that know nothing of signals. You
# need not choose a `durability`: nothing here is killed in the middle of a run that your code has stopped.
#
# ```python
# jobs = {"order-1": {"order": "lamp"}, "order-2": {"order": "tent"}}   # nodes: pack, send, bill
# work(graph, jobs)    # runs pack; SIGTERM comes while `send` of order-1 runs; `send` ends; exit status 0
# work(graph, jobs)    # in a new process: bill of order-1, then pack, send and bill of order-2
# work(graph, jobs)    # in a third: nothing is left to do
# ```
#
# **Graded:** a real SIGTERM in the middle of a node: the node ends, no other begins, status 0; after the
# restart every node of every job has run exactly once; SIGTERM during the last node of a job, where no node
# of the next job may begin; several restarts, and one call more when all is done.


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
# A signal handler runs in the main thread, in the middle of whatever that thread is doing. Whatever it raises
# comes out of the node's code. So what is the least that a handler can do, and who should act on it, at what
# moment of a run?

# %% [markdown] exercise="drain_on_sigterm" tags=["hint"]
# `RunControl` from `langgraph.runtime` is what a handler can ask: `control.request_drain(reason)`. A run that
# was given `control=control` looks at it between super-steps and raises `GraphDrained`, with all saved. A
# drained control stays so. And `graph.get_state(config)` tells a thread that is new (`created_at is None`)
# from one that has `tasks` to do.

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


# %% [markdown]
# ## Review a service
#
# This service has been live for a week. Whoever calls it has signed in: `session.customer` can be trusted,
# and only staff reach `approve`. `pay` pays once for each `request_id`.
#
# ```python
# class Desk(TypedDict, total=False):
#     customer: str
#     request_id: str
#     text: str
#     log: Annotated[list[str], operator.add]
#
# def advise(state):
#     return {"log": [model(PROMPT, state["text"])]}
#
# def refund(state):
#     if state["text"].startswith("refund") and interrupt(f"Refund {state['customer']}?"):
#         pay(state["customer"], once=state["request_id"])
#         return {"log": ["Your refund is on its way."]}
#     return {}
#
# def key(state):
#     return json.dumps([state["customer"], state["text"]])
#
# builder = StateGraph(Desk).add_edge(START, "advise").add_edge("advise", "refund")
# builder.add_node("advise", advise, cache_policy=CachePolicy(key_func=key)).add_node("refund", refund)
# saver = SqliteSaver(sqlite3.connect("desk.db", check_same_thread=False))
# graph = builder.compile(checkpointer=saver, cache=SqliteCache(path="answers.db"))
#
# def say(session, body):
#     config = {"configurable": {"thread_id": body["thread_id"]}}
#     new = {"customer": session.customer, "request_id": body["request_id"], "text": body["text"]}
#     return graph.invoke(new, config)["log"]
#
# def approve(session, body):
#     config = {"configurable": {"thread_id": body["thread_id"]}}
#     return graph.invoke(Command(resume=body["approved"]), config)["log"]
# ```
#
# Three reports came in:
#
# 1. Ada wrote "refund 1842", and a minute later "are you there?". Then a clerk approved her refund, with
#    `True`, and got no error. Ada never got her money.
# 2. Bob read what Ada had written.
# 3. On Wednesday a new version was deployed, with a `PROMPT` that names the new opening hours. On Friday some
#    customers are still told the old ones. Every process has been restarted.
#
# For each report: what happens, step by step, and in which lines; what the smallest change is that makes it
# right. Three or four sentences for each are enough. You may run the code, with these in place of what it
# calls:
#
# ```python
# PROMPT = "We open at nine."
#
# def model(prompt, text):
#     return f"{prompt} You wrote: {text}"
#
# def pay(customer, once):
#     print("paid", customer, once)
#
# class session:
#     customer = "ada"
# ```
#
# **Graded:** one point for each report; your instructor reads the answer.

# %% [markdown] exercise="review_a_service" points=3
# ### BEGIN SOLUTION
# **Ada's refund.** Her first message left the thread paused in `refund`. Her second was a new input, and
# `say` sends that into the thread whatever state it is in: the run begins again at `START`, the pending
# interrupt is dropped, and as the new text is no refund, the run ends. `get_state(config).interrupts` is
# empty from then on. `Command(resume=True)` on a thread that waits for nothing is no error: it runs nothing
# and returns the state, which looks like success. `say` must look before it invokes, and where
# `graph.get_state(config).interrupts` holds a question, keep the message elsewhere or answer that a refund is
# being looked at. `approve` must look as well, and refuse where no question is pending.
#
# **Bob's reading.** `say` takes the `thread_id` from the body, so whoever sends Ada's gets Ada's thread: its
# whole `log` comes back, and Bob's text and name are written into it. A saver knows threads and no owners.
# That `customer` comes from the session does not help, for it is only a value in the state. Make the thread
# id on the server, from `session.customer` and the body's id in a form that cannot be forged
# (`json.dumps([customer, id])`), and do the same in `approve` with the customer's name; or keep a table of
# who owns which thread and look there first.
#
# **The old hours.** `answers.db` outlives the deploy, as it was meant to. The key is made of customer and
# text only, so a question that was asked before Wednesday is a hit, and `advise`, with its new prompt, does
# not run. A restart changes nothing, and without a `ttl` nothing ever ends. Put into the key whatever the
# answer depends on: `json.dumps([PROMPT, customer, text])`, and the name of the model. `graph.clear_cache()`
# at each deploy does it too, at the price of every other answer; a `ttl` alone only makes the error shorter.
#
# *For marking, one point each.* Refund: the new input drops the pending question, with a look at the thread's
# state before the input is sent; half a point where only `approve` is mended, or where the loss is put down
# to the approval. Reading: the thread id is the caller's to choose, with a thread id that depends on the
# signed-in customer or a check of the owner; half a point for "unguessable ids" alone. Hours: the cache's key
# lacks the prompt, with the prompt or a version in it, or the cache cleared at the deploy; half a point for a
# `ttl` alone. What else may be found (`log` grows without end, `body["approved"]` may be `None`) is welcome,
# and replaces none of the three.
# ### END SOLUTION
