# %% [markdown]
# # Waiting for people
#
# A shop pays refunds. Money leaves the house, so a person has to agree first, and that may take until
# after the weekend, when another process runs on another day's code. LangGraph has a function for
# exactly this: `interrupt(question)` pauses a run, for years if need be, and returns the answer when
# somebody gives one.
#
# Here is the node that uses it. It sets the money aside, asks, and pays out. Every line that goes to the
# bank is appended to a file, which no process of ours can take back.

# %%
import os
import tempfile

os.chdir(tempfile.mkdtemp())

# %%
# %%writefile refund.py
from pathlib import Path
from typing import TypedDict

from langgraph.graph import START, StateGraph
from langgraph.types import interrupt


class Refund(TypedDict, total=False):
    order: int
    paid: bool


def bank(line: str) -> None:
    with Path("bank.txt").open("a") as book:
        print(line, file=book)


# %%
# %%writefile -a refund.py


def refund(state: Refund) -> Refund:
    bank(f"set aside 49 EUR for order {state['order']}")
    approved = interrupt(f"Refund order {state['order']}?")
    if approved:
        bank(f"pay out what was set aside for order {state['order']}")
    return {"paid": approved}


def build(saver, node=refund):
    return StateGraph(Refund).add_node("refund", node).add_edge(START, "refund").compile(checkpointer=saver)


# %% [markdown]
# One small program starts a refund, brings an answer, or does what a worker does when it starts: it
# carries on (input `None`) with whatever is not finished.

# %%
# %%writefile run.py
import sqlite3
import sys

from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.types import Command

from refund import build

given = {"start": {"order": 4711}, "carry on": None, "yes": Command(resume=True)}[sys.argv[1]]
graph = build(SqliteSaver(sqlite3.connect("refunds.db", check_same_thread=False)))
state = graph.invoke(given, {"configurable": {"thread_id": "refund-4711"}})
print("asks:", state["__interrupt__"][0].value) if "__interrupt__" in state else print(state)

# %%
import subprocess
import sys
from pathlib import Path


def run(*words: str) -> None:
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=True)
    print(f"[{words[-1]}]", done.stdout.strip())


run("run.py", "start")
run("run.py", "carry on")

# %% [markdown]
# Friday: the refund was started, and asked. On Sunday a deploy restarted the worker. The process of
# Friday is gone, the question is still there.
#
# > **Predict.** On Monday a reviewer says yes, in a third process. How many lines are in the bank's book?

# %%
run("run.py", "yes")
print(Path("bank.txt").read_text())

# %% [markdown]
# The money was set aside three times, and only one of the three was paid out. Nothing raised, and the
# state says `paid: True`. In development, with one process and one click, it is two lines that look
# like a hiccup of the logger.
#
# So what does a pause really do? And what else can go wrong between a question and its answer, without
# anybody noticing?

# %% [markdown]
# ## An interrupt does not pause a function; it leaves it
#
# No database can hold a Python function that has stopped half-way. `interrupt` *raises*, the function
# is left, and the question is written to the `writes` table. To resume is to call the node again, from
# its first line. This time `interrupt` finds an answer, and returns it.
#
# ```mermaid
# sequenceDiagram
#     accTitle: A node with an interrupt, over three processes
#     accDescr: In each process the node starts anew and sets the money aside; interrupt returns in the last.
#     participant F as Friday, start
#     participant S as Sunday, carry on
#     participant M as Monday, yes
#     participant B as bank
#     F->>B: set aside
#     Note over F: interrupt raises
#     S->>B: set aside
#     Note over S: interrupt raises
#     M->>B: set aside
#     Note over M: interrupt returns True
#     M->>B: pay out
# ```
#
# Two helpers, and a node with two questions. Count its executions.

# %%
from typing import TypedDict

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.types import Command, interrupt

from refund import build


def thread(name: str, **more) -> dict:
    return {"configurable": {"thread_id": name}, **more}


executed = []


def two_questions(state):
    executed.append("node")
    return {"paid": interrupt("Is the customer ours?") and interrupt("Refund?")}


# %% [markdown]
# > **Predict.** Two questions, two answers. How often does the node run?

# %%
graph = build(InMemorySaver(), two_questions)
graph.invoke({"order": 1}, thread("a"))
graph.invoke(Command(resume=True), thread("a"))
print(graph.invoke(Command(resume=True), thread("a")), "| executed:", len(executed))

# %% [markdown]
# `n` questions in a node are `n + 1` executions. Answers are matched to questions *by their order*, so a
# deploy that puts a new question before the others hands yesterday's answers to the wrong ones. Ask one
# thing per node. And whatever has an effect stands where it runs once: in a node that is finished before
# the one that asks, in a node after it, or in a `@task`, whose result is saved by itself.

# %% [markdown]
# ## A question can be lost without a word
#
# Three ways to lose one. First, the graph has no checkpointer. Second, the node is careful about errors.
# Third, the customer writes again while the question is open.
#
# > **Predict.** Which of the three raises an exception?


# %%
def ask(state):
    return {"paid": interrupt("Refund?")}


def ask_carefully(state):
    try:
        return ask(state)
    except Exception as problem:
        print("  the node caught", type(problem).__name__)
        return {"paid": False}


print("no saver:    ", list(build(None, ask).invoke({"order": 1})))
print("careful:     ", build(InMemorySaver(), ask_carefully).invoke({"order": 1}, thread("a")))

# %% [markdown]
# Without a checkpointer the result holds `__interrupt__` as if all were well; there is nothing to
# resume. And since `interrupt` leaves by an exception, a broad `except Exception` catches it: the
# refund is refused and no one was asked. Catch what you expect, by name. (LangGraph's own signals have
# one base class, `GraphBubbleUp`, for those who must catch broadly and let these through.)
#
# The third:


# %%
def ask_for_refunds(state):
    return {"paid": interrupt("Refund?")} if state["order"] else {}


graph = build(InMemorySaver(), ask_for_refunds)
graph.invoke({"order": 1}, thread("a"))
print("pending:  ", len(graph.get_state(thread("a")).interrupts))
graph.invoke({"order": 0}, thread("a"))  # "Are you still there?" holds no order
print("pending:  ", len(graph.get_state(thread("a")).interrupts))
print("approved: ", graph.invoke(Command(resume=True), thread("a")))

# %% [markdown]
# New input starts a new run and drops the open question. The approval that comes afterwards finds
# nothing to answer, runs nothing, and returns the state as if it had. Whoever sends input to a thread
# that may be waiting has to look first: `get_state(config).interrupts`.

# %% [markdown]
# ## Not everything that is sent is an answer
#
# A web form sends what it has. Each of these goes to a fresh thread that waits.
#
# > **Predict.** Five values arrive as the answer. Which of them come out of `interrupt`, which crash, and
# > which leave the question open?

# %%
graph = build(InMemorySaver(), ask)
for answer in (True, False, "false", {}, None):
    config = thread(repr(answer))
    graph.invoke({"order": 1}, config)
    try:
        state = graph.invoke(Command(resume=answer), config)
        told = "asks again" if "__interrupt__" in state else f"interrupt returned {state['paid']!r}"
    except Exception as problem:
        told = f"{type(problem).__name__}, pending: {len(graph.get_state(config).interrupts)}"
    print(f"{answer!r:<8} {told}")

# %% [markdown]
# `False` is honoured. `"false"` arrives as it is, and is true in every `if`. `{}` is read as an empty map
# of question ids, so it answers nothing. `None` falls into a hole in LangGraph itself; the question
# survives. Check an answer before `invoke`, or let `interrupt` check it: the next section does.
#
# The map that `{}` was taken for is how one answers a certain question. Every question has an id, and
# `Command(resume={id: answer})` answers that one. What about an id whose question is gone?

# %%
asked = graph.invoke({"order": 1}, thread("b"))["__interrupt__"][0]
graph.invoke(Command(resume={asked.id: False}), thread("b"))
print("the late yes:", graph.invoke(Command(resume={asked.id: True}), thread("b")))

# %% [markdown]
# No error. The second reviewer is shown a state and will believe that her yes counted. An answer has to
# name its question, and whoever passes it on has to see whether that question is open.
#
# > **Predict.** Here a node asks, gets a yes, and fails. Then somebody says no. What is `paid`?

# %%
bank_answers = iter([False, True])


def ask_and_pay(state):
    approved = interrupt("Refund?")
    if not next(bank_answers):
        raise ConnectionError
    return {"paid": approved}


graph = build(InMemorySaver(), ask_and_pay)
asked = graph.invoke({"order": 1}, thread("c"))["__interrupt__"][0]
try:
    graph.invoke(Command(resume={asked.id: True}), thread("c"))
except ConnectionError:
    print("still listed: ", asked in graph.get_state(thread("c")).interrupts)
print("no, after all:", graph.invoke(Command(resume={asked.id: False}), thread("c")))

# %% [markdown]
# The yes was saved, and the next attempt gets it again, whatever is sent; yet `interrupts` lists the
# question as before. So let the node that asks do nothing that can fail, and pay in the node after it.

# %% [markdown]
# ## A response schema refuses an answer and keeps the question open
#
# Reviewers do more than nod. Ours may also lower the amount, so her answer has two fields, and a web form
# can get both of them wrong. `interrupt` takes a pydantic model of the answer you expect.

# %%
from pydantic import BaseModel, ConfigDict, Field


class Verdict(BaseModel):
    model_config = ConfigDict(strict=True)
    approved: bool
    cents: int = Field(ge=0)


class Claim(TypedDict, total=False):
    order: int
    cents: int
    approved: bool


def judge(state):
    asked = {"order": state["order"], "cents": state["cents"]}
    verdict = interrupt(asked, response_schema=Verdict)
    return {"approved": verdict.approved, "cents": verdict.cents}


# %% [markdown]
# The caller gets the model's JSON schema along with the question. That's enough to draw a form from.

# %%
builder = StateGraph(Claim).add_node(judge).add_edge(START, "judge")
graph = builder.compile(checkpointer=InMemorySaver())
asked = graph.invoke({"order": 1, "cents": 4900}, thread("a"))["__interrupt__"][0]
for name, rule in asked.response_schema["properties"].items():
    print(name, rule)

# %% [markdown]
# Six answers arrive, each for a fresh thread and each by its question's id. After a refusal, we send a
# good answer to the same question.
#
# > **Predict.** Which of the six does the schema let through? Does a good answer still count after a
# > bad one, or does the bad one stick, like the yes above?

# %%
good = {"approved": True, "cents": 3000}
answers = (good, {"approved": True, "cents": 500000}, {"approved": "no", "cents": 0})
for answer in (*answers, {"approved": True}, {}, None):
    config = thread(f"judge {answer}")
    asked = graph.invoke({"order": 1, "cents": 4900}, config)["__interrupt__"][0]
    try:
        told = graph.invoke(Command(resume={asked.id: answer}), config)
    except Exception as problem:
        still_open = len(graph.get_state(config).interrupts)
        then = graph.invoke(Command(resume={asked.id: good}), config)
        told = f"{type(problem).__name__}, pending: {still_open}, then {then['cents']}"
    print(f"{answer!s:<36} {told}")

# %% [markdown]
# Only the first two get through. A refused answer raises `ValidationError` for whoever sent it, the
# question stays open, and nothing sticks: an answer that the schema refuses isn't saved. Without
# `strict=True`, pydantic would have read `"no"` as `False`.
#
# Sent by id, even `{}` and `None` are refused properly. A bare `Command(resume={})` still asks again,
# and a bare `None` still crashes, because neither reaches the schema.
#
# Two limits. `interrupt` raises the error *inside* the node, so a broad `except` swallows this one too.
# And a schema knows the form of an answer, not the claim: 5,000 EUR for a 49 EUR order passed. Use a
# schema for every answer that has more than one field, send answers by id, and compare them with the
# state in the next node.

# %% [markdown]
# ## Questions asked side by side are answered by id
#
# A customer returns three orders. Each gets a branch of its own (`Send` starts a node with its own
# input), so one thread asks three questions at once.

# %%
import operator
from typing import Annotated

from langgraph.types import Send

executed = []


class Returns(TypedDict, total=False):
    orders: list[int]
    order: int
    said: Annotated[list[str], operator.add]


def ask_for_one(state):
    executed.append(state["order"])
    return {"said": [f"{state['order']}: {interrupt(state['order'])}"]}


def branches(state):
    return [Send("ask_for_one", {"order": order}) for order in state["orders"]]


builder = StateGraph(Returns).add_node(ask_for_one)
builder.add_conditional_edges(START, branches, ["ask_for_one"])
graph = builder.compile(checkpointer=InMemorySaver())
asked = graph.invoke({"orders": [7, 8, 9]}, thread("d"))["__interrupt__"]
question_of = {question.value: question.id for question in asked}
print("ran:", sorted(executed))

# %% [markdown]
# > **Predict.** A bare yes arrives. Which order gets it?

# %%
try:
    graph.invoke(Command(resume=True), thread("d"))
except RuntimeError as problem:
    print(problem)

# %% [markdown]
# None of them: with more than one question open, LangGraph refuses to guess, and says so. Here's order
# 8, by id, and then the other two.
#
# > **Predict.** Only order 8 gets an answer. Which branches run?


# %%
def decide(answers: dict[int, bool]) -> None:
    executed.clear()
    resume = {question_of[order]: answer for order, answer in answers.items()}
    state = graph.invoke(Command(resume=resume), thread("d"))
    still_open = [question.value for question in state.get("__interrupt__", ())]
    print("ran:", sorted(executed), "| open:", still_open, "| said:", state["said"])


decide({8: False})
decide({7: True, 9: True})

# %% [markdown]
# All three ran, to settle one. Whoever still waits begins again at the first line and asks once more,
# each time a neighbour is answered. Order 8 is done: its result was saved, so the second call left it
# alone.
#
# Ask side by side when the answers come from different people and don't depend on each other. Give each
# branch one question and no effects. If the order matters, ask in a sequence of nodes instead.

# %% [markdown]
# ## A tool that asks repeats the tools called beside it
#
# An assistant calls tools. One of them refunds, so it asks first. Here the model wants two things at
# once: tell the customer that we're looking into it, and refund. The model is scripted; `ToolNode` is
# the real one.

# %%
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from langgraph.graph import MessagesState
from langgraph.prebuilt import ToolNode

mails = []


@tool
def mail(text: str) -> str:
    """Write to the customer."""
    mails.append(text)
    return "sent"


@tool
def refund(order: int) -> str:
    """Pay the money back."""
    return "paid" if interrupt(f"Refund order {order}?") else "declined"


# %%
def assistant(state):
    calls = [
        {"name": "mail", "args": {"text": "We're looking into it."}, "id": "1"},
        {"name": "refund", "args": {"order": 7}, "id": "2"},
    ]
    return {"messages": [AIMessage("", tool_calls=calls)]}


def to_tools(route=lambda state: "tools"):
    builder = StateGraph(MessagesState).add_node(assistant)
    builder.add_node("tools", ToolNode([mail, refund]))
    builder.add_edge(START, "assistant")
    builder.add_conditional_edges("assistant", route, ["tools"])
    return builder.compile(checkpointer=InMemorySaver())


def ask_and_approve(graph):
    mails.clear()
    graph.invoke({"messages": ["Order 7 broke. Money back?"]}, thread("e"))
    said = graph.invoke(Command(resume=True), thread("e"))["messages"]
    print([message.content for message in said[2:]], "| mails:", len(mails))


# %% [markdown]
# > **Predict.** The reviewer approves. How many mails does the customer get?

# %%
ask_and_approve(to_tools())

# %% [markdown]
# Two. One `ToolNode` runs all of the message's calls as one node, and a node that's resumed starts
# again with all of them. A branch for each call is the way out: a finished branch isn't repeated.


# %%
def one_branch_each(state):
    return [Send("tools", [call]) for call in state["messages"][-1].tool_calls]


ask_and_approve(to_tools(one_branch_each))

# %% [markdown]
# Send each call to a branch of its own as soon as one of your tools asks. It costs nothing. The tool's
# own lines above its `interrupt` still run again, as in any node.

# %% [markdown]
# ## Two approvers are two charges
#
# Seeing whether it is open is not enough. Two reviewers press the button at the same moment, in two web
# servers. Here each has its own connection and its own graph, and they share only the file. The barrier
# in the node makes the moment certain: it opens when both have arrived.

# %%
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from langgraph.checkpoint.sqlite import SqliteSaver

charges, both = [], Barrier(2, timeout=20)


def pay_after_yes(state):
    if interrupt("Refund?"):
        both.wait()
        charges.append(state["order"])
    return {"paid": True}


def reviewer(given):
    saver = SqliteSaver(sqlite3.connect("two.db", check_same_thread=False))
    return build(saver, pay_after_yes).invoke(given, thread("refund-1"))


# %% [markdown]
# > **Predict.** Two resumes of one question arrive together. One charge, two, or an error for the second?

# %%
reviewer({"order": 4711})
with ThreadPoolExecutor(2) as pool:
    results = list(pool.map(reviewer, [Command(resume=True)] * 2))
print("results:", results)
print("charges:", charges)

# %% [markdown]
# Nothing is locked: not the thread, not the question. Both found it open, and both were told that all
# is well. There are two cures, and they work at different ends. Where you own the door, let one answer
# in at a time; that is for the exercise. Where the other side offers it, send an **idempotency key**: a
# name for this payment, the same each time it is sent, by which the bank knows a repetition. Do both if
# you can. The key also covers a crash between paying and saving that it was paid, and the next module's
# refund desk is built on it.

# %% [markdown]
# ## What to remember
#
# 1. An interrupt leaves its node, which starts again from its first line: one question a node, no
#    effects.
# 2. New input drops an open question, and a broad `except` swallows it. Look at `interrupts` before you
#    send.
# 3. An answer names its question by id. A response schema checks its form before the node sees it.
# 4. A valid answer is saved before its node runs on. If the node then fails, no later answer counts.
# 5. Nothing is locked. Let in one answer at a time, and pay with a key that makes the second one
#    harmless.
#
# ## The mistakes of this lesson
#
# | what it looked like | what it was |
# |---|---|
# | set aside three times, paid once | an effect above `interrupt()` |
# | a refund refused that nobody was asked about | `except Exception` around `interrupt()` |
# | a question that can never be answered | no checkpointer |
# | an approval that paid nothing | new input had dropped the question |
# | paid, although the last word was no | the earlier yes was saved, and its node had failed |
# | `"false"` counted as a yes | an answer that nobody checked |
# | two mails for one approval | a tool that asks, in one `ToolNode` with a tool that sends |
# | two charges for one yes | no lock, no idempotency key |
#
# ## From here
#
# - [The exercises](exercises.ipynb) of this module: an approval that survives the weekend, two managers
#   at one button, and a door that lets only answers in.
# - Next module: [the production pattern](../04_production/lesson.ipynb): routing, limits, caches,
#   metrics, shutdown, and a refund desk that you could take to work.
# - LangGraph's own page on [interrupts](https://docs.langchain.com/oss/python/langgraph/interrupts).
