# %% [markdown]
# # Exercises: failure, retry, resume
#
# Each prompt says exactly what is graded.
#
# 1. Write in the cell under the prompt, and run it.
# 2. Run the `check` cell below it. It runs the public tests on your function and says what each one saw.
# 3. Stuck? `hint("classify_errors")` shows one hint more each time you call it.
#
# The backends that fail here are real HTTP servers on this machine, and what they were asked is the evidence.
# Nothing here needs the internet or an API key.

# %%
import operator
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Annotated, Any, TypedDict

import httpx
import requests
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.errors import NodeError
from langgraph.func import entrypoint, task
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, RetryPolicy

from course import check, hint, timeline

# %% [markdown]
# ## Classify errors
#
# The nightly price import asked for 40,000 discontinued articles three times each, was answered 404 each
# time, and was blocked by the supplier. The same night one reset connection ended it for good, though
# asking once more would have helped. Half of the code still calls the supplier with `requests`, the other
# half with `httpx`. Build the lookup so that both halves ask again when that may help, and only then.
#
# `build_lookup(saver, fetch)` returns a compiled graph with the state keys `sku` and `price`. A run takes
# `{"sku": …}`, calls `fetch(sku)` and puts what it returns into `price`.
#
# `fetch` is given to you. It calls the supplier with one client or the other and raises what that client
# raises. A failed attempt is
#
# | temporary | final |
# |---|---|
# | status 429 and every 5xx | every other status that is an error |
# | no answer in time | an answer that came whole and makes no sense (no JSON, no price in it) |
# | the connection is reset, or breaks in the middle of the answer | any other error |
#
# After a temporary failure `fetch` is called again, three times in all at most. After a final one, or the
# third, `invoke` raises the very error that `fetch` raised; the thread waits, and `invoke(None, config)` tries
# again, with as many attempts. How long you pause between attempts is not graded; 0.01 s will do here.
#
# ```python
# graph = build_lookup(SqliteSaver(connection), fetch)
# graph.invoke({"sku": "A-17"}, config)   # 503, then reset, then 200: {'sku': 'A-17', 'price': 1290}
# graph.invoke({"sku": "X-99"}, other)    # 404: raises at once, after one request
# ```
#
# **Graded:** what the supplier was asked, through `requests` and through `httpx`, for each row of the table and for
# mixtures of them; three attempts at most; the error that comes out; the thread that is resumed.


# %% exercise="classify_errors"
def build_lookup(saver: BaseCheckpointSaver, fetch: Callable[[str], int]) -> CompiledStateGraph:
    """Build a graph that looks a price up, and asks again when that may help."""

    ### BEGIN SOLUTION
    class Lookup(TypedDict, total=False):
        sku: str
        price: int

    broken = (
        requests.ConnectionError,
        requests.Timeout,
        requests.exceptions.ChunkedEncodingError,  # the answer broke off
        httpx.TransportError,  # the same three, and more, in one class
    )

    def is_temporary(error: Exception) -> bool:
        if isinstance(error, requests.HTTPError | httpx.HTTPStatusError):
            return error.response.status_code == 429 or error.response.status_code >= 500
        return isinstance(error, broken)

    def look_up(state: Lookup) -> Lookup:
        return {"price": fetch(state["sku"])}

    policy = RetryPolicy(max_attempts=3, initial_interval=0.01, jitter=False, retry_on=is_temporary)
    builder = StateGraph(Lookup).add_node(look_up, retry_policy=policy).add_edge(START, "look_up")
    return builder.compile(checkpointer=saver)
    ### END SOLUTION


# %% [markdown] exercise="classify_errors" tags=["hint"]
# Every error of a client belongs to one of two families: the server answered, with a status; or no whole
# answer came. For the first, which number decides? For the second, which classes does each client have,
# and are they related to Python's own `ConnectionError` and `TimeoutError`?

# %% [markdown] exercise="classify_errors" tags=["hint"]
# `add_node(…, retry_policy=RetryPolicy(max_attempts=…, retry_on=…))`; `retry_on` takes a function of the error
# that returns a bool. With a status: `requests.HTTPError` and `httpx.HTTPStatusError`, both with
# `.response.status_code`. Without: `httpx.TransportError`; `requests.ConnectionError`, `requests.Timeout` and
# `requests.exceptions.ChunkedEncodingError`. Their common parent, `requests.RequestException`, has other
# children too.

# %% [markdown] exercise="classify_errors" tags=["hint"]
# ```python
# def is_temporary(error):
#     if isinstance(error, …):                    # it has a status
#         return error.response.status_code …
#     return isinstance(error, (…))               # no whole answer came
#
# policy = RetryPolicy(max_attempts=…, initial_interval=0.01, jitter=False, retry_on=is_temporary)
# builder = StateGraph(…).add_node(look_up, retry_policy=policy).add_edge(START, "look_up")
# return builder.compile(checkpointer=…)
# ```


# %% exercise="classify_errors" tags=["near-miss"] says="the default policy"
class Lookup(TypedDict, total=False):
    sku: str
    price: int


def build_lookup(saver, fetch):
    def look_up(state):
        return {"price": fetch(state["sku"])}

    # LangGraph knows HTTP: its default retries 5xx and connection errors, and nothing else.
    policy = RetryPolicy(max_attempts=3, initial_interval=0.01, jitter=False)
    builder = StateGraph(Lookup).add_node("look_up", look_up, retry_policy=policy)
    return builder.add_edge(START, "look_up").compile(checkpointer=saver)


# %% exercise="classify_errors" tags=["near-miss"] says="the status decides"
class Lookup(TypedDict, total=False):
    sku: str
    price: int


def build_lookup(saver, fetch):
    def look_up(state):
        return {"price": fetch(state["sku"])}

    # Whatever a client raises is trouble with the network.
    clients = (requests.RequestException, httpx.HTTPError)
    policy = RetryPolicy(max_attempts=3, initial_interval=0.01, jitter=False, retry_on=clients)
    builder = StateGraph(Lookup).add_node("look_up", look_up, retry_policy=policy)
    return builder.add_edge(START, "look_up").compile(checkpointer=saver)


# %% exercise="classify_errors" tags=["near-miss"] says="classes of their own"
class Lookup(TypedDict, total=False):
    sku: str
    price: int


def build_lookup(saver, fetch):
    def is_temporary(error):
        response = getattr(error, "response", None)
        if response is not None:
            return response.status_code == 429 or response.status_code >= 500
        return isinstance(error, (ConnectionError, TimeoutError))  # Python has names for these

    def look_up(state):
        return {"price": fetch(state["sku"])}

    policy = RetryPolicy(max_attempts=3, initial_interval=0.01, jitter=False, retry_on=is_temporary)
    builder = StateGraph(Lookup).add_node("look_up", look_up, retry_policy=policy)
    return builder.add_edge(START, "look_up").compile(checkpointer=saver)


# %% exercise="classify_errors" tags=["near-miss"] says="counts as false"
class Lookup(TypedDict, total=False):
    sku: str
    price: int


def build_lookup(saver, fetch):
    broken = (
        requests.ConnectionError,
        requests.Timeout,
        requests.exceptions.ChunkedEncodingError,
        httpx.TransportError,
    )

    def is_temporary(error):
        response = getattr(error, "response", None)
        if response:  # there is one, so look at its status
            return response.status_code == 429 or response.status_code >= 500
        return isinstance(error, broken)

    def look_up(state):
        return {"price": fetch(state["sku"])}

    policy = RetryPolicy(max_attempts=3, initial_interval=0.01, jitter=False, retry_on=is_temporary)
    builder = StateGraph(Lookup).add_node("look_up", look_up, retry_policy=policy)
    return builder.add_edge(START, "look_up").compile(checkpointer=saver)


# %% exercise="classify_errors" tags=["near-miss"] says="will make no more sense"
class Lookup(TypedDict, total=False):
    sku: str
    price: int


def build_lookup(saver, fetch):
    def is_temporary(error):
        if isinstance(error, (requests.HTTPError, httpx.HTTPStatusError)):
            return error.response.status_code == 429 or error.response.status_code >= 500
        # A client's error without a status comes from the network.
        return isinstance(error, (requests.RequestException, httpx.TransportError))

    def look_up(state):
        return {"price": fetch(state["sku"])}

    policy = RetryPolicy(max_attempts=3, initial_interval=0.01, jitter=False, retry_on=is_temporary)
    builder = StateGraph(Lookup).add_node("look_up", look_up, retry_policy=policy)
    return builder.add_edge(START, "look_up").compile(checkpointer=saver)


# %% exercise="classify_errors" tags=["near-miss"] says="counts the first attempt"
class Lookup(TypedDict, total=False):
    sku: str
    price: int


def build_lookup(saver, fetch):
    broken = (
        requests.ConnectionError,
        requests.Timeout,
        requests.exceptions.ChunkedEncodingError,
        httpx.TransportError,
    )

    def is_temporary(error):
        if isinstance(error, (requests.HTTPError, httpx.HTTPStatusError)):
            return error.response.status_code == 429 or error.response.status_code >= 500
        return isinstance(error, broken)

    def look_up(state):
        return {"price": fetch(state["sku"])}

    # Three attempts: the first, and two that are tried again.
    policy = RetryPolicy(max_attempts=2, initial_interval=0.01, jitter=False, retry_on=is_temporary)
    builder = StateGraph(Lookup).add_node("look_up", look_up, retry_policy=policy)
    return builder.add_edge(START, "look_up").compile(checkpointer=saver)


# %% exercise="classify_errors" tags=["alternative"]
class Price(TypedDict, total=False):
    sku: str
    price: int


def build_lookup(saver, fetch):
    """One policy for each client: the first that matches is used."""

    def by_requests(error):
        if isinstance(error, requests.HTTPError):
            return error.response.status_code in {429, *range(500, 600)}
        kinds = requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError
        return isinstance(error, kinds)

    def by_httpx(error):
        if isinstance(error, httpx.HTTPStatusError):
            return error.response.is_server_error or error.response.status_code == 429
        return isinstance(error, (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError))

    class LookUp:
        def __call__(self, state: Price) -> Price:
            return {"sku": state["sku"], "price": fetch(state["sku"])}

    policies = [RetryPolicy(0.01, jitter=False, retry_on=one) for one in (by_requests, by_httpx)]
    builder = StateGraph(Price).add_node("supplier", LookUp(), retry_policy=policies)
    return builder.add_edge(START, "supplier").add_edge("supplier", END).compile(checkpointer=saver)


# %% exercise="classify_errors" tags=["alternative"]
def build_lookup(saver, fetch):
    """The functional API, and a loop of our own."""
    passing = {429, 500, 501, 502, 503, 504, 505, 507, 508, 511}

    def is_temporary(error):
        response = getattr(error, "response", None)
        if response is not None:
            return response.status_code in passing
        name = f"{type(error).__module__}.{type(error).__name__}"
        return name.startswith(("httpx.", "requests.")) and not isinstance(error, ValueError)

    @task
    def ask(sku):
        for attempt in (1, 2, 3):
            try:
                return fetch(sku)
            except Exception as error:
                if attempt == 3 or not is_temporary(error):
                    raise
            time.sleep(0.01 * attempt)

    @entrypoint(checkpointer=saver)
    def lookup(given: dict) -> dict:
        return {**given, "price": ask(given["sku"]).result()}

    return lookup
