# %% [markdown]
# # Exercises: the production pattern
#
# Functions to write, each around one thing that goes wrong in production. Each prompt says exactly what is
# graded.
#
# 1. Write in the cell under the prompt, and run it.
# 2. Run the `check` cell below it. It runs the public tests on your function and says what each one saw.
# 3. Stuck? `hint("approve_refund")` shows one hint more each time you call it.
#
# Your grade comes from these tests and a few more of the same kind, always with other names and numbers.
# Payments go to a ledger that the grader keeps outside your process. Nothing here needs a network or an API
# key.

# %%
import fcntl
import sqlite3
import threading
from collections.abc import Callable
from typing import Any, Literal, TypedDict

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.errors import GraphBubbleUp
from langgraph.func import entrypoint, task
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, interrupt

from course import check, hint, timeline

# %% [markdown]
# ## Approve a refund
#
# Refunds wait for a person. The bot sends a message to the reviewers' channel, waits, and pays if one of them
# says yes; that may be days and several deployments later. Since last week each refund is announced twice in
# the channel, three times if the queue's worker restarts in between, and a customer was paid before anybody
# had said yes.
#
# Write `build_refunds(saver, ask, pay)`. It returns a graph compiled with `saver`, with one thread for each
# refund, that is started with `{"order": …, "cents": …}` and then
#
# - calls `ask(order, cents)`, which posts to the reviewers' channel;
# - pauses with `{"order": …, "cents": …}` as the value of its one interrupt;
# - is resumed with the decision, `True` or `False`;
# - calls `pay(order, cents)` if it was `True`, and keeps what that returns, a receipt, in the state as
#   `receipt`. After `False` nothing is paid and `receipt` is `None`.
#
# ```python
# graph = build_refunds(saver, ask, pay)
# thread = {"configurable": {"thread_id": "refund-1842"}}
# graph.invoke({"order": "1842", "cents": 4900}, thread)["__interrupt__"][0].value
# # {'order': '1842', 'cents': 4900}            one message in the channel, nothing paid
#
# graph = build_refunds(saver, ask, pay)      # in another process, after the weekend
# graph.invoke(Command(resume=True), thread)["receipt"]
# # 'r-77'                                      the same one message, one payment
# ```
#
# When a worker starts, it calls `invoke(None, thread)` on each thread that is not finished, and nobody stops
# it from doing so on one that waits for a person.
#
# **Graded:** nothing is paid before the decision, and once after it, in a process that was started since; a
# refund that is declined is not paid; the channel gets one message a refund, however often the thread is
# resumed or invoked with `None`, before the decision or after it; refunds that wait side by side in one
# database do not get mixed up.


# %% exercise="approve_refund"
def build_refunds(
    saver: BaseCheckpointSaver, ask: Callable[[str, int], None], pay: Callable[[str, int], str]
) -> CompiledStateGraph:
    """Return a graph that asks the reviewers, waits for their decision, and pays if it is yes."""

    ### BEGIN SOLUTION
    class Refund(TypedDict, total=False):
        order: str
        cents: int
        receipt: str | None

    def announce(state: Refund) -> None:
        # A node of its own: once it is saved, no resume comes back to it.
        ask(state["order"], state["cents"])

    def settle(state: Refund) -> Refund:
        approved = interrupt({"order": state["order"], "cents": state["cents"]})
        return {"receipt": pay(state["order"], state["cents"]) if approved else None}

    builder = StateGraph(Refund).add_sequence([announce, settle]).add_edge(START, "announce")
    return builder.compile(checkpointer=saver)
    ### END SOLUTION


# %% [markdown] exercise="approve_refund" tags=["hint"]
# A paused Python function cannot be put into a database. So what does LangGraph do when a thread is resumed
# in another process: from which line does the node run on that had paused? Which of your two calls may stand
# above that pause, and which below?

# %% [markdown] exercise="approve_refund" tags=["hint"]
# `decision = interrupt(value)` pauses a node, and returns what `Command(resume=…)` brings. Each time, the
# node runs again from its first line. A node that was finished and saved before does not run again, and neither
# does a finished `@task`.

# %% [markdown] exercise="approve_refund" tags=["hint"]
# ```python
# class Refund(TypedDict, total=False):
#     …
#
# def announce(state):
#     …                                  # what happens once, before the pause
#
# def settle(state):
#     approved = interrupt(…)            # nothing but this may stand above it
#     return {"receipt": … if approved else …}
#
# builder = StateGraph(Refund).add_sequence([announce, settle]).add_edge(START, "announce")
# return builder.compile(…)
# ```


# %% exercise="approve_refund" tags=["near-miss"] says="a node runs again from its first line"
class Refund(TypedDict, total=False):
    order: str
    cents: int
    receipt: str | None


def build_refunds(saver, ask, pay):
    def refund(state):
        ask(state["order"], state["cents"])
        # It waits here, and goes on here.
        approved = interrupt({"order": state["order"], "cents": state["cents"]})
        return {"receipt": pay(state["order"], state["cents"]) if approved else None}

    return StateGraph(Refund).add_node(refund).add_edge(START, "refund").compile(checkpointer=saver)


# %% exercise="approve_refund" tags=["near-miss"] says="before anybody had decided"
class Refund(TypedDict, total=False):
    order: str
    cents: int
    receipt: str | None


def build_refunds(saver, ask, pay):
    def announce(state):
        ask(state["order"], state["cents"])

    def settle(state):
        # Get the receipt ready, so that it can be sent as soon as there is a yes.
        receipt = pay(state["order"], state["cents"])
        approved = interrupt({"order": state["order"], "cents": state["cents"]})
        return {"receipt": receipt if approved else None}

    builder = StateGraph(Refund).add_sequence([announce, settle]).add_edge(START, "announce")
    return builder.compile(checkpointer=saver)


# %% exercise="approve_refund" tags=["near-miss"] says="does not know what the old one had noted in memory"
class Refund(TypedDict, total=False):
    order: str
    cents: int
    receipt: str | None


ASKED = set()  # it does run twice, so remember what was done


def build_refunds(saver, ask, pay):
    def refund(state):
        if state["order"] not in ASKED:
            ASKED.add(state["order"])
            ask(state["order"], state["cents"])
        approved = interrupt({"order": state["order"], "cents": state["cents"]})
        return {"receipt": pay(state["order"], state["cents"]) if approved else None}

    return StateGraph(Refund).add_node(refund).add_edge(START, "refund").compile(checkpointer=saver)


# %% exercise="approve_refund" tags=["near-miss"] says="a breakpoint puts no question and takes no answer"
class Refund(TypedDict, total=False):
    order: str
    cents: int
    receipt: str | None


def build_refunds(saver, ask, pay):
    def announce(state):
        ask(state["order"], state["cents"])

    def settle(state):
        return {"receipt": pay(state["order"], state["cents"])}

    builder = StateGraph(Refund).add_sequence([announce, settle]).add_edge(START, "announce")
    # Whoever approves resumes the thread, so it only needs to stop there.
    return builder.compile(checkpointer=saver, interrupt_before=["settle"])


# %% exercise="approve_refund" tags=["near-miss"] says="was declined and was paid all the same"
class Refund(TypedDict, total=False):
    order: str
    cents: int
    receipt: str | None


def build_refunds(saver, ask, pay):
    def announce(state):
        ask(state["order"], state["cents"])

    def wait(state):
        interrupt({"order": state["order"], "cents": state["cents"]})  # only an approval lets it go on

    def settle(state):
        return {"receipt": pay(state["order"], state["cents"])}

    builder = StateGraph(Refund).add_sequence([announce, wait, settle]).add_edge(START, "announce")
    return builder.compile(checkpointer=saver)


# %% exercise="approve_refund" tags=["alternative"]
def build_refunds(saver, ask, pay):
    """The functional API: a finished task is not repeated, the body around it is."""

    @task
    def announce(order, cents):
        ask(order, cents)

    @task
    def settle(order, cents):
        return pay(order, cents)

    @entrypoint(checkpointer=saver)
    def refund(request: dict) -> dict:
        order, cents = request["order"], request["cents"]
        announce(order, cents).result()
        approved = interrupt({"order": order, "cents": cents})
        return {"receipt": settle(order, cents).result() if approved else None}

    return refund


# %% exercise="approve_refund" tags=["alternative"]
class Claim(TypedDict, total=False):
    order: str
    cents: int
    approved: bool
    receipt: str | None


class Desk:
    """Four nodes, methods of an object, and a router after the decision."""

    def __init__(self, ask, pay):
        self.ask, self.pay = ask, pay

    def tell(self, state):
        self.ask(state["order"], state["cents"])
        return {"receipt": None}

    def wait(self, state):
        return {"approved": interrupt({"order": state["order"], "cents": state["cents"]})}

    def pay_out(self, state):
        return {"receipt": self.pay(state["order"], state["cents"])}


def build_refunds(saver, ask, pay):
    desk = Desk(ask, pay)
    builder = StateGraph(Claim)
    builder.add_node("tell", desk.tell).add_node("wait", desk.wait).add_node("pay out", desk.pay_out)
    builder.add_edge(START, "tell").add_edge("tell", "wait")
    builder.add_conditional_edges(
        "wait", lambda state: "pay out" if state["approved"] else END, ["pay out", END]
    )
    return builder.compile(checkpointer=saver)


# %% exercise="approve_refund" tags=["alternative"]
class Claim(TypedDict, total=False):
    order: str
    cents: int
    receipt: str | None


def build_refunds(saver, ask, pay):
    """One node, in which the message is a task; the payment is a node that only a `goto` leads to."""

    @task
    def announce(order, cents):
        ask(order, cents)

    def review(state: Claim) -> Command[Literal["pay_out", "__end__"]]:
        announce(state["order"], state["cents"]).result()
        if interrupt({"order": state["order"], "cents": state["cents"]}):
            return Command(goto="pay_out")
        return Command(update={"receipt": None}, goto=END)

    def pay_out(state):
        return {"receipt": pay(state["order"], state["cents"])}

    builder = StateGraph(Claim).add_node(review).add_node(pay_out).add_edge(START, "review")
    return builder.compile(checkpointer=saver)
