# %% [markdown]
# # Exercises: waiting for people
#
# Three functions to write, each around one thing that goes wrong between a question and its answer, and one
# question to answer in words. Each prompt says exactly what is graded.
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
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite import SqliteSaver
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
# also when the decision is sent a second time later; a refund that is declined is not paid; the channel
# gets one message a refund, however often the thread is resumed or invoked with `None`, before the decision
# or after it; refunds that wait side by side in one database do not get mixed up.


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
# calls may stand in the same node as the pause, and on which side of it? Where does the other belong?

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
# - It returns `True`, once the run has ended or asks the next question, if this call's answer was taken;
#   otherwise `False`: the question has been answered, is just being answered, or was never asked on this
#   thread.
#
# ```python
# decide("payments.db", builder, "supplier-7", asked.id, True)     # True: paid
# decide("payments.db", builder, "supplier-7", asked.id, True)     # False: paid already, and not again
# ```
#
# `decide` is called by several processes on the same machine, and in each by several worker threads. The
# bank knows no idempotency keys: each call of its interface pays. You may keep files of your own beside
# `db_path`, and answers to different threads may wait for one another. No node raises after its answer, and
# what becomes of a payment whose process dies on the way to the bank is not the subject here.
#
# **Graded:** of two answers one after another the first counts, and the thread's next question is still
# open and can be answered; the id of another thread's question gets `False`, and can still be answered on its
# own thread; of two at once, from two processes or from two worker threads, exactly one counts, one payment
# is made, the other call returns `False`, and the next question stays open; answers to different threads at
# the same moment both count.


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
# the run goes on (not `fcntl.lockf`, whose locks are the process's: it lets in every other thread of the
# process that holds one); or a claim, a row with a unique key (`INSERT OR IGNORE`, then `cursor.rowcount`),
# which only one can insert. Hold no transaction open in `db_path` while the graph writes there.
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


# %% exercise="two_approvers" tags=["near-miss"] says="waits on another thread"
def decide(db_path, builder, thread_id, question, answer):
    # The ids of questions are unique, so a claim on the id is all that it takes.
    try:
        Path(f"{db_path}.{question}.answered").touch(exist_ok=False)
    except FileExistsError:
        return False
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        graph.invoke(Command(resume={question: answer}), {"configurable": {"thread_id": thread_id}})
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
    config = {"configurable": {"thread_id": thread_id}}
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        if question not in [one.id for one in graph.get_state(config).interrupts]:
            return False
        try:
            os.close(os.open(f"{db_path}.{question}.answered", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        for _ in graph.stream(Command(resume={question: answer}), config):
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
# compiled with a saver, and none of its nodes raises after its answer; `thread_id` is a thread that waits,
# maybe for several answers at once. `question` is the id of the interrupt that the page showed, and `answer`
# is any JSON value. The value of an interrupt is a dict, and its `"kind"` says what an answer must be:
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
# ## Read an approval
#
# A shop pays its suppliers through this graph, with one thread for each payment and an SQLite saver.
#
# ```python
# class Payment(TypedDict, total=False):
#     supplier: str
#     cents: int
#     paid: bool
#
# def settle(state):
#     post(f"{state['supplier']} wants {state['cents']} cents")   # into the managers' channel
#     if not interrupt("Is the invoice right?"):
#         return {"paid": False}
#     if not interrupt("Pay it?"):
#         return {"paid": False}
#     bank(state["supplier"], state["cents"])   # raises ConnectionError while the bank is closed
#     return {"paid": True}
#
# graph = StateGraph(Payment).add_node(settle).add_edge(START, "settle").compile(checkpointer=saver)
# ```
#
# A web page shows the question that's open and answers it by its id: `Command(resume={question.id: answer})`.
# When the worker starts, it calls `graph.invoke(None, thread)` on every thread that isn't finished.
#
# ```text
# Fri 09:00  payment 7 starts
# Fri 10:00  Mia answers "Is the invoice right?" with yes
# Fri 18:00  the worker is restarted
# Sat 09:00  Mia answers "Pay it?" with yes          ConnectionError
# Sat 09:30  the page still shows "Pay it?"; Mia has second thoughts and answers no
#                                                    ConnectionError
# Mon 09:00  the worker is restarted                 payment 7 is made
#
# Tue 09:00  payment 8 starts
# Tue 10:00  Mia answers "Is the invoice right?" with yes; the page shows "Pay it?"
# Tue 12:00  a deploy puts a new question above the others, "Is the supplier ours?",
#            and restarts the worker
# Tue 12:30  Leo, whose page is from 10:00, answers "Pay it?" with yes
# Tue 12:31  the page shows "Pay it?" again; Leo answers yes
#                                                    payment 8 is made
# ```
#
# 1. How many messages about payment 7 did the channel get, and when? Which change makes it one?
# 2. Mia's last word on payment 7 was no. What became of her yes, and what of her no? Which change keeps the
#    page from showing a question that's already decided?
# 3. Which question did each of the three yeses about payment 8 answer? The page checked every id, so why
#    didn't that help? How could the deploy have added its question safely?
#
# Three or four sentences for each are enough. You may build it and run it.
#
# **Graded:** one point for each of the three; your instructor reads the answer.

# %% [markdown] exercise="read_an_approval" points=3
# ### BEGIN SOLUTION
# **1.** Six, one at each time in the log: Friday 09:00, 10:00 and 18:00, Saturday 09:00 and 09:30, Monday 09:00. A
# paused function isn't kept anywhere. Each resume, and each `invoke(None)`, calls `settle` again from its first line, and
# `post` is above the interrupts. Make `post` a node of its own before `settle`, or a `@task`: once its result is saved, it
# isn't repeated.
#
# **2.** LangGraph saved the yes as soon as it arrived, before `settle` ran on and failed. From then on, each attempt gets
# that yes at the second `interrupt`, and goes straight to `bank`. The no came to a node with no interrupt left to
# take it, so nobody read it. The page showed "Pay it?" because a question counts as open until its node has finished.
# Pay in a node of its own after the one that asks. The yes then ends the asking node, the question closes, and
# the thread waits at the payment. (If Mia may still stop it there, that needs a way of its own, such as `update_state`.)
#
# **3.** Answers are matched to interrupts by their order. After the deploy, Mia's yes to the invoice came out of
# "Is the supplier ours?", Leo's first yes came out of "Is the invoice right?", and only his second one answered "Pay it?". Nobody
# was asked about the supplier. The id didn't help because it names the node's second interrupt and not its text: it was
# the same before and after the deploy. Ask one thing in a node, and add a node for the new question, between the one that
# asks and the one that pays. Within one node, add it below the others, where it changes no order.
#
# *For marking, one point each.* 1: six, because the node starts again from its first line, with a node or a task for the
# message. Half a point for the right change with a wrong count (five is common: the no on Saturday runs it too). 2: the
# saved yes is used again and the no is never read, with the payment in another node. Half a point for one of the two.
# 3: by order, with the three right, and one question a node or a question added at the end; half a point for
# "by order" without a safe way. A node that comes before the one where threads wait is not a safe way: they'd skip it.
# ### END SOLUTION
