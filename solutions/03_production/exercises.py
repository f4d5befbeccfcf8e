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
# Payments go to a ledger that the grader keeps outside your process. Nothing here needs a network or an
# API key.

# %%
import fcntl
import hashlib
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

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
# Refunds wait for a person. The bot sends a message to the reviewers' channel, waits, and pays if one of
# them says yes; that may be days and several deployments later. Since last week each refund is announced
# twice in the channel, three times if the queue's worker restarts in between, and a customer was paid
# before anybody had said yes.
#
# Write `build_refunds(saver, ask, pay)`. It returns a graph compiled with `saver`, with one thread for
# each refund, that is started with `{"order": …, "cents": …}` and then
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
# When a worker starts, it calls `invoke(None, thread)` on each thread that is not finished, and nobody
# stops it from doing so on one that waits for a person.
#
# **Graded:** nothing is paid before the decision, and once after it, in a process that was started since,
# also when the decision comes twice; a refund that is declined is not paid; the channel gets one message
# a refund, however often the thread is resumed or invoked with `None`, before the decision or after it;
# refunds that wait side by side in one database do not get mixed up.


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
# A paused Python function cannot be put into a database. So what does LangGraph do when a thread is
# resumed in another process: from which line does the node run on that had paused? Which of your two
# calls may stand above that pause, and which below?

# %% [markdown] exercise="approve_refund" tags=["hint"]
# `decision = interrupt(value)` pauses a node, and returns what `Command(resume=…)` brings. Each time, the
# node runs again from its first line. A node that was finished and saved before does not run again, and
# neither does a finished `@task`.

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


# %% [markdown]
# ## Two approvers
#
# A payment to a supplier needs one yes. Two managers read the same message, and both pressed the button
# within the same second. The two requests came to two of the web server's processes, and the supplier was
# paid twice. The log shows that both had looked first, and both had found the thread waiting.
#
# Write `decide(db_path, builder, thread_id, question, answer)`, which the web server calls when somebody
# has pressed a button. It resumes the waiting thread with `answer`, unless its question has got an answer
# already.
#
# - `builder` is the `StateGraph` of the payments, not compiled yet; its checkpoints lie in the SQLite
#   file `db_path`. Its nodes ask, and pay after a yes, and they are not yours to change.
# - `question` is the id of the interrupt that the manager was shown, and `answer` is `True` or `False`. A
#   thread may ask several questions, one after another, and all of them through `decide`.
# - It returns `True` if this call's answer was taken, when the run has ended or asks the next question; and
#   `False` if another's was.
#
# ```python
# decide("payments.db", builder, "supplier-7", asked.id, True)     # True: paid
# decide("payments.db", builder, "supplier-7", asked.id, True)     # False: paid already, and not again
# ```
#
# `decide` is called by several processes on the same machine, and in each by several worker threads. The
# bank knows no idempotency keys: each call of its interface pays. You may keep files of your own beside
# `db_path`. What becomes of a payment whose process dies on the way to the bank is not the subject here.
#
# **Graded:** of two answers one after another the first counts, and the thread's next question is still
# open and can be answered; of two at once, from two processes or from two worker threads, exactly one
# counts, one payment is made, the other call returns `False`, and the next question stays open; answers
# to different threads at the same moment both count.


# %% exercise="two_approvers"
def decide(db_path: str, builder: StateGraph, thread_id: str, question: str, answer: bool) -> bool:
    """Answer a thread's question, unless it is answered already; tell whether this answer was taken."""
    ### BEGIN SOLUTION
    config = {"configurable": {"thread_id": thread_id}}
    name = hashlib.sha256(thread_id.encode()).hexdigest()[:16]  # an id may hold what a file name may not
    with Path(f"{db_path}.{name}.lock").open("a") as lock, SqliteSaver.from_conn_string(db_path) as saver:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until the file is closed, or the process dies
        graph = builder.compile(checkpointer=saver)
        if question not in {pending.id for pending in graph.get_state(config).interrupts}:
            return False
        graph.invoke(Command(resume={question: answer}), config)
        return True
    ### END SOLUTION


# %% [markdown] exercise="two_approvers" tags=["hint"]
# Looking whether a question is open and answering it are two steps, and another process fits between them.
# What could make them one? Two processes share no memory: what do they share, and what in it can be had by
# only one of them at a time?

# %% [markdown] exercise="two_approvers" tags=["hint"]
# Two things work: a lock on a file (`fcntl.flock(file, fcntl.LOCK_EX)`), held while you look and while
# the run goes on; or a claim, a row with a unique key (`INSERT OR IGNORE`, then `cursor.rowcount`), which
# only one can insert. Hold no transaction open in `db_path` while the graph writes there.
# `graph.get_state(config)` has `.interrupts`, each with an `.id`, and `Command(resume={id: answer})`
# answers that one and no other.

# %% [markdown] exercise="two_approvers" tags=["hint"]
# ```python
# config = {"configurable": {"thread_id": thread_id}}
# with Path(…).open("a") as lock, SqliteSaver.from_conn_string(db_path) as saver:
#     fcntl.flock(…)                        # from here on, nobody else for this thread
#     graph = builder.compile(…)
#     if …:                                 # which questions are open now?
#         return False
#     graph.invoke(Command(resume={…}), config)
#     return True
# ```


# %% exercise="two_approvers" tags=["near-miss"] says="nothing in LangGraph keeps two processes from resuming one question"
def decide(db_path, builder, thread_id, question, answer):
    config = {"configurable": {"thread_id": thread_id}}
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        # Once one of them resumes it, the checkpointer will not let the other in.
        if question not in [pending.id for pending in graph.get_state(config).interrupts]:
            return False
        graph.invoke(Command(resume={question: answer}), config)
        return True


# %% exercise="two_approvers" tags=["near-miss"] says="lies in the memory of one process"
RESUMING = threading.Lock()  # one at a time


def decide(db_path, builder, thread_id, question, answer):
    config = {"configurable": {"thread_id": thread_id}}
    with RESUMING, SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        if question not in [pending.id for pending in graph.get_state(config).interrupts]:
            return False
        graph.invoke(Command(resume={question: answer}), config)
        return True


# %% exercise="two_approvers" tags=["near-miss"] says="a claim on the thread"
def decide(db_path, builder, thread_id, question, answer):
    claims = sqlite3.connect(f"{db_path}.claims", isolation_level=None)
    claims.execute("create table if not exists claims (thread_id primary key)")  # a thread is approved once
    won = claims.execute("insert or ignore into claims values (?)", (thread_id,)).rowcount == 1
    claims.close()
    if won:
        with SqliteSaver.from_conn_string(db_path) as saver:
            graph = builder.compile(checkpointer=saver)
            graph.invoke(Command(resume={question: answer}), {"configurable": {"thread_id": thread_id}})
    return won


# %% exercise="two_approvers" tags=["near-miss"] says="the second answer went to the next question"
def decide(db_path, builder, thread_id, question, answer):
    config = {"configurable": {"thread_id": thread_id}}
    with Path(f"{db_path}.lock").open("a") as lock, SqliteSaver.from_conn_string(db_path) as saver:
        fcntl.flock(lock, fcntl.LOCK_EX)
        graph = builder.compile(checkpointer=saver)
        if not graph.get_state(config).interrupts:  # is it still waiting?
            return False
        graph.invoke(Command(resume=answer), config)
        return True


# %% exercise="two_approvers" tags=["near-miss"] says="both were told that theirs was taken"
def decide(db_path, builder, thread_id, question, answer):
    config = {"configurable": {"thread_id": thread_id}}
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        if question not in [pending.id for pending in graph.get_state(config).interrupts]:
            return False
        with Path(f"{db_path}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # only the resuming needs protection
            graph.invoke(Command(resume={question: answer}), config)
        return True


# %% exercise="two_approvers" tags=["near-miss"] says="though nobody else had answered it"
def decide(db_path, builder, thread_id, question, answer):
    config = {"configurable": {"thread_id": thread_id}}
    with Path(f"{db_path}.lock").open("a") as lock, SqliteSaver.from_conn_string(db_path) as saver:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False  # somebody else is at it
        graph = builder.compile(checkpointer=saver)
        if question not in [pending.id for pending in graph.get_state(config).interrupts]:
            return False
        graph.invoke(Command(resume={question: answer}), config)
        return True


# %% exercise="two_approvers" tags=["alternative"]
def decide(db_path, builder, thread_id, question, answer):
    """A claim in the same file: a row with a unique key, inserted and committed before the run goes on."""
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        config = {"configurable": {"thread_id": thread_id}}
        if all(pending.id != question for pending in graph.get_state(config).interrupts):
            return False
        claims = sqlite3.connect(db_path, timeout=30, isolation_level=None)
        try:
            claims.execute("create table if not exists claims (question text primary key)")
            claimed = claims.execute("insert or ignore into claims values (?)", (question,)).rowcount
        finally:
            claims.close()
        if claimed:
            graph.invoke(Command(resume={question: answer}), config)
        return bool(claimed)


# %% exercise="two_approvers" tags=["alternative"]
from contextlib import closing


def decide(db_path, builder, thread_id, question, answer):
    """SQLite as the lock: one writer a file, so a write transaction in a file of its own is a mutex."""
    config = {"configurable": {"thread_id": thread_id}}
    with closing(sqlite3.connect(f"{db_path}-mutex", timeout=60, isolation_level=None)) as mutex:
        mutex.execute("begin immediate")
        connection = sqlite3.connect(db_path, check_same_thread=False)
        with closing(connection):
            graph = builder.compile(checkpointer=SqliteSaver(connection))
            waiting = [one.id for step in graph.get_state(config).tasks for one in step.interrupts]
            if question in waiting:
                graph.invoke(Command(resume=answer), config)
        mutex.execute("rollback")
    return question in waiting


# %% exercise="two_approvers" tags=["alternative"]
import os


def decide(db_path, builder, thread_id, question, answer):
    """A claim is a file that can be created only once."""
    try:
        os.close(os.open(f"{db_path}.{question}.answered", os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        for _ in graph.stream(Command(resume={question: answer}), {"configurable": {"thread_id": thread_id}}):
            pass
    return True


# %% [markdown]
# ## Reject bad answers
#
# The reviewers' page sends whatever stands in its form. In one week an empty form (`null`) crashed the
# service deep inside LangGraph; `{}` made a paused node run once more; the text `"false"` was taken for a
# yes; a tab left open since the day before answered a question that its reviewer had never seen; and,
# after somebody had mended all this with `if not answer`, no reviewer could say no any more.
#
# Write `submit(graph, thread_id, question, answer)`, the gate between the page and the graph. `graph` is
# compiled with a saver, and `thread_id` is a thread that waits, maybe for several answers at once.
# `question` is the id of the interrupt that the page showed, and `answer` is any JSON value. The value of
# an interrupt is a dict, and its `"kind"` says what an answer must be:
#
# | kind | is answered by |
# |---|---|
# | `"yes_no"` | `True` or `False` |
# | `"cents"` | an `int` of 0 or more; `True` and `False` are no numbers |
# | `"choice"` | one of the strings in the dict's `"options"` |
# | `"note"` | a string, which may be empty |
#
# Where the thread waits for an answer to this very question, and the answer is of its kind, `submit`
# resumes the thread with it, so that `interrupt` returns it as it is, and returns `True`. In every other
# case it returns `False`, and nothing has happened: no node has run, nothing was saved, and the question
# is still open.
#
# ```python
# asked = graph.invoke({…}, {"configurable": {"thread_id": "refund-1842"}})["__interrupt__"][0]
# asked.value                                           # {'kind': 'yes_no', 'text': 'Refund 49 EUR?'}
# submit(graph, "refund-1842", asked.id, "false")       # False: a string is neither yes nor no
# submit(graph, "refund-1842", asked.id, False)         # True: the answer is no
# submit(graph, "refund-1842", asked.id, True)          # False: it has been answered
# ```
#
# **Graded:** for each kind, bad answers (`None`, `{}`, `[]`, wrong types, numbers and options that are
# not allowed) are refused and leave the thread as it was; good ones are taken, the falsy ones too; an
# answer to a question that has been answered, that another thread asks, or that nobody has asked is
# refused; of two questions that wait at the same time each can be answered first.


# %% exercise="reject_bad_answers"
def submit(graph: CompiledStateGraph, thread_id: str, question: str, answer: Any) -> bool:
    """Resume the thread with an answer that fits its open question; tell whether it was taken."""
    ### BEGIN SOLUTION
    config = {"configurable": {"thread_id": thread_id}}
    waiting = {pending.id: pending.value for pending in graph.get_state(config).interrupts}
    match waiting.get(question):
        case {"kind": "yes_no"}:
            fits = isinstance(answer, bool)
        case {"kind": "cents"}:
            fits = isinstance(answer, int) and not isinstance(answer, bool) and answer >= 0
        case {"kind": "choice", "options": options}:
            fits = answer in options
        case {"kind": "note"}:
            fits = isinstance(answer, str)
        case _:  # not asked, not asked here, or answered already
            fits = False
    if fits:
        graph.invoke(Command(resume={question: answer}), config)
    return fits
    ### END SOLUTION


# %% [markdown] exercise="reject_bad_answers" tags=["hint"]
# Once a thread has been resumed, it is too late: the paused node runs, whatever it was given. So
# everything must be known before. Where can you look up what a thread waits for, without running it? And
# which values are `False` to an `if`, although they are answers?

# %% [markdown] exercise="reject_bad_answers" tags=["hint"]
# `graph.get_state(config).interrupts` are the open questions, each with an `.id` and a `.value`; there
# are none for a thread that is finished or unknown. `Command(resume={id: answer})` answers one question
# by its id. `isinstance(True, int)` is true.

# %% [markdown] exercise="reject_bad_answers" tags=["hint"]
# ```python
# config = {"configurable": {"thread_id": thread_id}}
# waiting = {pending.id: pending.value for pending in …}
# match waiting.get(question):
#     case {"kind": "yes_no"}:
#         fits = …
#     case …                              # three more kinds
#     case _:
#         fits = …                        # when does one come here?
# if fits:
#     graph.invoke(Command(resume={…}), config)
# return fits
# ```


# %% exercise="reject_bad_answers" tags=["near-miss"] says="any value resumes a thread"
def submit(graph, thread_id, question, answer):
    config = {"configurable": {"thread_id": thread_id}}
    if question not in [pending.id for pending in graph.get_state(config).interrupts]:
        return False
    try:
        # LangGraph refuses what it cannot use.
        graph.invoke(Command(resume={question: answer}), config)
    except Exception:
        return False
    return True


# %% exercise="reject_bad_answers" tags=["near-miss"] says="is an answer too"
def submit(graph, thread_id, question, answer):
    config = {"configurable": {"thread_id": thread_id}}
    waiting = {pending.id: pending.value for pending in graph.get_state(config).interrupts}
    if question not in waiting or not answer:  # an empty form
        return False
    asked = waiting[question]
    fits = {
        "yes_no": isinstance(answer, bool),
        "cents": type(answer) is int and answer >= 0,
        "choice": answer in asked.get("options", []),
        "note": isinstance(answer, str),
    }
    if fits[asked["kind"]]:
        graph.invoke(Command(resume={question: answer}), config)
    return fits[asked["kind"]]


# %% exercise="reject_bad_answers" tags=["near-miss"] says="`True` is an `int` to Python"
def submit(graph, thread_id, question, answer):
    config = {"configurable": {"thread_id": thread_id}}
    waiting = {pending.id: pending.value for pending in graph.get_state(config).interrupts}
    if question not in waiting:
        return False
    asked = waiting[question]
    types = {"yes_no": bool, "cents": int, "choice": str, "note": str}  # the type says it all
    fits = isinstance(answer, types[asked["kind"]])
    if fits and asked["kind"] == "cents":
        fits = answer >= 0
    if fits and asked["kind"] == "choice":
        fits = answer in asked["options"]
    if fits:
        graph.invoke(Command(resume={question: answer}), config)
    return fits


# %% exercise="reject_bad_answers" tags=["near-miss"] says="went to a question that its reviewer had never seen"
def submit(graph, thread_id, question, answer):
    config = {"configurable": {"thread_id": thread_id}}
    pending = graph.get_state(config).interrupts
    if not pending:
        return False
    asked = pending[0].value  # a thread waits for one thing: the thread id says which
    fits = {
        "yes_no": isinstance(answer, bool),
        "cents": type(answer) is int and answer >= 0,
        "choice": answer in asked.get("options", []),
        "note": isinstance(answer, str),
    }[asked["kind"]]
    if fits:
        graph.invoke(Command(resume={pending[0].id: answer}), config)
    return fits


# %% exercise="reject_bad_answers" tags=["near-miss"] says="a stale id raises nothing"
def submit(graph, thread_id, question, answer):
    config = {"configurable": {"thread_id": thread_id}}
    asked = next(
        (
            pending.value
            for snapshot in graph.get_state_history(config)  # what was asked, at any time
            for pending in snapshot.interrupts
            if pending.id == question
        ),
        None,
    )
    if asked is None:
        return False
    fits = {
        "yes_no": isinstance(answer, bool),
        "cents": type(answer) is int and answer >= 0,
        "choice": answer in asked.get("options", []),
        "note": isinstance(answer, str),
    }[asked["kind"]]
    if fits:
        graph.invoke(Command(resume={question: answer}), config)  # an old id would raise
    return fits


# %% exercise="reject_bad_answers" tags=["near-miss"] says="two questions wait"
def submit(graph, thread_id, question, answer):
    config = {"configurable": {"thread_id": thread_id}}
    pending = graph.get_state(config).interrupts
    if not pending or pending[0].id != question:  # one at a time
        return False
    asked = pending[0].value
    fits = {
        "yes_no": isinstance(answer, bool),
        "cents": type(answer) is int and answer >= 0,
        "choice": answer in asked.get("options", []),
        "note": isinstance(answer, str),
    }[asked["kind"]]
    if fits:
        graph.invoke(Command(resume={question: answer}), config)
    return fits


# %% exercise="reject_bad_answers" tags=["alternative"]
from pydantic import Field, TypeAdapter, ValidationError


def submit(graph, thread_id, question, answer):
    """Pydantic in strict mode knows the types; the tasks of the snapshot know the questions."""
    config = {"configurable": {"thread_id": thread_id}}
    for step in graph.get_state(config).tasks:
        for pending in step.interrupts:
            if pending.id != question or step.result is not None:
                continue
            asked = pending.value
            kinds = {
                "yes_no": bool,
                "cents": Annotated[int, Field(ge=0)],
                "choice": Literal[tuple(asked.get("options", ["-"]))],
                "note": str,
            }
            try:
                checked = TypeAdapter(kinds[asked["kind"]]).validate_python(answer, strict=True)
            except ValidationError:
                return False
            for _ in graph.stream(Command(resume={question: checked}), config):
                pass
            return True
    return False


# %% exercise="reject_bad_answers" tags=["alternative"]
def whole(answer, asked):
    return type(answer) is int and answer >= 0


CHECKS = {
    "yes_no": lambda answer, asked: answer is True or answer is False,
    "cents": whole,
    "choice": lambda answer, asked: type(answer) is str and answer in asked["options"],
    "note": lambda answer, asked: type(answer) is str,
}


def submit(graph, thread_id, question, answer):
    """A table of checks, and the questions as the saver holds them, among the pending writes."""
    config = {"configurable": {"thread_id": thread_id}}
    saved = graph.checkpointer.get_tuple(config)
    writes = saved.pending_writes if saved else []
    done = {step for step, channel, _ in writes if channel not in ("__interrupt__", "__resume__")}
    for step, channel, value in writes:
        if channel != "__interrupt__" or step in done:
            continue
        for pending in value:
            if pending.id == question and CHECKS[pending.value["kind"]](answer, pending.value):
                graph.invoke(Command(resume={question: answer}), config)
                return True
    return False


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
# text; it is in the state, and saved, before the handler's node runs. Both `validate` and `process` may
# call LangGraph's `interrupt`, too; then the run pauses and is resumed as usual.
#
# At the end the state holds `outcome`, which is `"done"` or the name of the handler's node; `result`, the
# text that `process` or the handler returned; and `error`, which is `None` if all went well. A thread may
# get another order when a run is over.
#
# ```python
# graph = build_orders(saver, validate, process, handlers)    # here `process` raises TimeoutError("no answer")
# graph.invoke({"order": {"id": 7}}, {"configurable": {"thread_id": "order-7"}})
# # {'order': {'id': 7}, 'outcome': 'park',
# #  'error': {'step': 'process', 'type': 'TimeoutError', 'message': 'no answer'}, 'result': 'parked until 9:00'}
# ```
#
# **Graded:** each outcome reaches its handler and no other, and the state tells what happened, with
# exceptions of all these classes and subclasses from both steps; after `validate` has raised, `process`
# is not called; a question asked by a step pauses the run, reaches no handler, and can be answered; when
# the process is killed before the handler's node, a new one calls the handler with the saved error, and
# no step again; the next order of a thread is told nothing of the one before.


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
