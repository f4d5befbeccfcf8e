# %% [markdown]
# # Waiting for people
#
# A shop pays refunds, and a person has to agree to each one. That may take until after the weekend, when
# another process runs a newer version of the code. LangGraph has a function for this:
# `interrupt(question)` pauses a run, for years if need be, and returns the answer when somebody gives
# one.
#
# Here's a node that uses it. It sets the money aside, asks, and pays out. `bank` appends a line to a file,
# and no process of ours can take it back.

# %%
import os
import tempfile

os.chdir(tempfile.mkdtemp())

# %%
# %%writefile refund.py
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import interrupt

from course.stage import bank, connect


def refund(state: MessagesState):
    bank("set aside 49 EUR")
    approved = interrupt(state["messages"][-1].text)
    if approved:
        bank("pay out what was set aside")
    return {"messages": ["Refunded." if approved else "Declined."]}


builder = StateGraph(MessagesState).add_node(refund)
builder.add_edge(START, "refund")
graph = builder.compile(checkpointer=SqliteSaver(connect("shop.db")))

# %%
from course.stage import elsewhere

elsewhere("refund.py", {"messages": ["Order 4711 broke. Money back?"]})
elsewhere("refund.py", None)

# %% [markdown]
# `elsewhere` runs the file's `graph` in a new process and prints what it says. On Friday the refund was
# started, and it asked. On Sunday a deploy restarted the worker, which continued what wasn't finished:
# that's the input `None`. Friday's process is gone, and the question is still there.
#
# > **Predict.** On Monday a reviewer says yes, in a third process. How many lines are in the bank's book?

# %%
from langgraph.types import Command

from course.stage import bank_book

elsewhere("refund.py", Command(resume=True))
print(*bank_book(), sep="\n")

# %% [markdown]
# The money was set aside three times, and only one of the three was paid out. Nothing raised, and the
# customer reads "Refunded." In development, with one process and one click, you'd see one line too many,
# and blame the logger.
#
# So what does a pause really do? And what else can go wrong between a question and its answer, without
# anybody noticing?

# %% [markdown]
# ## A resumed node runs again from its first line
#
# No database can hold a Python function that stopped half-way. So `interrupt` doesn't pause the function.
# It *raises*, the function ends, and LangGraph writes the question to the `writes` table. To resume, it
# calls the node again. This time `interrupt` finds an answer, and returns it.
#
# ```mermaid
# sequenceDiagram
#     accTitle: A node with an interrupt, over three processes
#     accDescr: In each process the node starts anew and sets the money aside; interrupt returns in the last.
#     participant F as Friday, start
#     participant S as Sunday, continue
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
# What if a node asks twice? Here are two questions. After the first answer, a deploy puts a third question
# above them.

# %%
from typing import TypedDict

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.types import interrupt


class Refund(TypedDict, total=False):
    order: int
    paid: bool
    said: dict


def build(node, saver):
    builder = StateGraph(Refund).add_node("ask", node)
    return builder.add_edge(START, "ask").compile(checkpointer=saver)


def thread(name: str) -> dict:
    return {"configurable": {"thread_id": name}}


# %%
executed = []


def asking(*questions):
    def node(state):
        executed.append(len(questions))
        return {"said": {text: interrupt(text) for text in questions}}

    return node


saver = InMemorySaver()
friday = build(asking("Right sum?", "Pay it?"), saver)
monday = build(asking("Our customer?", "Right sum?", "Pay it?"), saver)
friday.invoke({"order": 1}, thread("a"))
friday.invoke(Command(resume="the sum is right"), thread("a"))
monday.invoke(Command(resume="pay it"), thread("a"))
print(monday.invoke(Command(resume="pay it!"), thread("a"))["said"])
print("executed:", executed)

# %% [markdown]
# With `n` questions, a node runs `n + 1` times. LangGraph matches answers to questions *by their order*,
# so Monday's deploy gave each answer to the wrong question. The sum was never checked, and nothing
# raised. You get the same from an `if` that skips an `interrupt` the second time.
#
# A subgraph doesn't help: if a node invokes one that asks, the node's own lines run again, too.
#
# **Decide.** Ask one thing per node, and put effects where they run once: into a node before or after the
# one that asks, or into a `@task`. A new question gets a new node. That costs a checkpoint per question.

# %% [markdown]
# ## A missing saver, a broad `except` and new input each lose the question
#
# You can lose a question in three ways: the graph has no checkpointer, the node is careful about errors,
# or the customer writes again while the question is open.
#
# > **Predict.** Which of the three raises an exception?


# %%
def ask(state):
    return {"paid": interrupt("Refund?")} if state["order"] else {}


def ask_carefully(state):
    try:
        return ask(state)
    except Exception as problem:
        print("  the node caught", type(problem).__name__)
        return {"paid": False}


print("no saver:", list(build(ask, None).invoke({"order": 1})))
careful = build(ask_carefully, InMemorySaver())
print("careful:", careful.invoke({"order": 1}, thread("a")))

# %%
graph = build(ask, InMemorySaver())
graph.invoke({"order": 1}, thread("a"))
print("open questions:", len(graph.get_state(thread("a")).interrupts))
graph.invoke({"order": 0}, thread("a"))  # "Are you still there?"
print("open questions:", len(graph.get_state(thread("a")).interrupts))
print("approved:", graph.invoke(Command(resume=True), thread("a")))

# %% [markdown]
# None of them does. Without a checkpointer, the result has `__interrupt__` as if all were well, but there's
# nothing to resume. A broad `except Exception` catches the interrupt itself: the refund is refused, and
# nobody was asked. And new input starts a new run, which drops the open question. The approval that comes
# afterwards finds nothing to answer, runs nothing, and returns the state as if it had.
#
# `update_state` hides the question, too: `interrupts` is empty, and an answer with the old id doesn't
# count. `invoke(None, config)` asks again, with a new id.
#
# **Decide.** Catch errors by name around an `interrupt`. If you must catch broadly, let `GraphBubbleUp`
# through, the base class of LangGraph's own signals. Look at `get_state(config).interrupts` before you send
# input to a thread that may be waiting. It costs one read.

# %% [markdown]
# ## `Command(resume=…)` checks nothing: "false" counts as a yes
#
# A web form sends whatever it has. Each of these goes to a fresh thread that waits.
#
# > **Predict.** Five values arrive as the answer. Which of them come out of `interrupt`, which crash, and
# > which leave the question open?

# %%
for answer in (True, False, "false", {}, None):
    config = thread(repr(answer))
    graph.invoke({"order": 1}, config)
    try:
        state = graph.invoke(Command(resume=answer), config)
        asks = "__interrupt__" in state
        told = "asks again" if asks else f"returned {state['paid']!r}"
    except Exception as problem:
        still_open = len(graph.get_state(config).interrupts)
        told = f"{type(problem).__name__}, still open: {still_open}"
    print(f"{answer!r:<8} {told}")

# %% [markdown]
# `False` works. `"false"` arrives as it is, and it's true in every `if`. LangGraph reads `{}` as an empty
# map of question ids, so it answers nothing. `None` hits a bug in LangGraph (`UnboundLocalError`), but
# the question stays open.
#
# That map is how you answer one particular question: each has an id, and `Command(resume={id: answer})`
# answers that one. What about an id whose question is gone?

# %%
asked = graph.invoke({"order": 1}, thread("b"))["__interrupt__"][0]
graph.invoke(Command(resume={asked.id: False}), thread("b"))
late = graph.invoke(Command(resume={asked.id: True}), thread("b"))
print("the late yes:", late)

# %% [markdown]
# There's no error. The second reviewer gets a state back, and she'll believe that her yes counted.
#
# **Decide.** Send answers by id. Before you send one, check its type, and check that its id is among the
# open questions. You'll write that gate in `reject_bad_answers`.

# %% [markdown]
# ## If the node fails after the answer, the first answer sticks
#
# > **Predict.** This node asks, gets a yes, and fails because the bank is closed. Then somebody says no.
# > What is `paid`?

# %%
bank_is_open = iter([False, True])


def ask_and_pay(state):
    approved = interrupt("Refund?")
    if not next(bank_is_open):
        raise ConnectionError
    return {"paid": approved}


graph = build(ask_and_pay, InMemorySaver())
asked = graph.invoke({"order": 1}, thread("c"))["__interrupt__"][0]
try:
    graph.invoke(Command(resume={asked.id: True}), thread("c"))
except ConnectionError:
    listed = asked in graph.get_state(thread("c")).interrupts
    print("still listed as open:", listed)
no = graph.invoke(Command(resume={asked.id: False}), thread("c"))
print("no, after all:", no)

# %% [markdown]
# LangGraph saved the yes before the node ran on, and every later attempt gets it again, whatever you send.
# Still, `interrupts` lists the question as if it were open.
#
# **Decide.** Don't let the node that asks do anything that can fail. Pay in the node after it, and retry
# there. That costs one more checkpoint.

# %% [markdown]
# ## `response_schema` refuses a bad answer and keeps the question open
#
# Reviewers do more than nod. Ours may also lower the amount, so her answer has two fields, and a web form
# can get both of them wrong. `interrupt` takes a pydantic model of the answer you expect.

# %%
from pydantic import BaseModel, ConfigDict, Field

from course.stage import tried


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
claim = {"order": 1, "cents": 4900}
builder = StateGraph(Claim).add_node(judge).add_edge(START, "judge")
graph = builder.compile(checkpointer=InMemorySaver())
asked = graph.invoke(claim, thread("a"))["__interrupt__"][0]
for name, rule in asked.response_schema["properties"].items():
    print(name, rule)

# %% [markdown]
# Six answers arrive, each on a fresh thread and each by its question's id. After a refusal, we send a good
# answer to the same question.
#
# > **Predict.** Which of the six does the schema let through? Does a good answer still count after a bad
# > one, or does the bad one stick, like the yes above?

# %%
good = {"approved": True, "cents": 3000}
too_much = {"approved": True, "cents": 500000}
no_sum, a_word = {"approved": True}, {"approved": "no", "cents": 0}
for answer in (good, too_much, a_word, no_sum, {}, None):
    config = thread(f"judge {answer}")
    asked = graph.invoke(claim, config)["__interrupt__"][0]
    try:
        told = graph.invoke(Command(resume={asked.id: answer}), config)
    except Exception as problem:
        left = len(graph.get_state(config).interrupts)
        then = graph.invoke(Command(resume={asked.id: good}), config)
        told = f"{type(problem).__name__}, still open: {left}"
        told += f", then {then['cents']}"
    print(f"{answer}\n    {told}")

# %% [markdown]
# Only the first two get through. For a refused answer, the sender gets a `ValidationError`, the question
# stays open, and nothing sticks: LangGraph doesn't save an answer that the schema refuses. Without
# `strict=True`, pydantic reads `"no"` as `False`.
#
# Sent by id, even `{}` and `None` are refused properly. What if they're sent without one?
#
# %%
print("lax:", Verdict.model_validate(a_word, strict=False))
for bare in ({}, None):
    config = thread(f"bare {bare}")
    graph.invoke(claim, config)
    told = tried(graph.invoke, Command(resume=bare), config)
    print(bare, "|", [*told] if isinstance(told, dict) else told)

# %% [markdown]
# Without an id, they never reach the schema: `{}` asks again, and `None` crashes, as before.
#
# There are three limits. A schema given as a dict, such as `Verdict.model_json_schema()`, draws a form
# and checks nothing. `interrupt` raises the error *inside* the node, so a broad `except` swallows this
# one too. And a schema checks the form of an answer, not its sense: 5,000 EUR for a 49 EUR order passed.
#
# **Decide.** Use a schema for every answer with more than one field, send answers by id, and compare them
# with the state in the next node. If one doesn't fit, that node can route back to the node that asks. It
# costs a model class per question.

# %% [markdown]
# ## Answer parallel questions by id
#
# *Further: on the core path, run these cells and read only what **Decide** says.*
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
    said: Annotated[list[str], operator.add]


def ask_for_one(order):
    executed.append(order)
    return {"said": [f"{order}: {interrupt(order)}"]}


def branches(state):
    return [Send("ask_for_one", order) for order in state["orders"]]


builder = StateGraph(Returns).add_node(ask_for_one)
builder.add_conditional_edges(START, branches, ["ask_for_one"])
graph = builder.compile(checkpointer=InMemorySaver())
asked = graph.invoke({"orders": [7, 8, 9]}, thread("d"))["__interrupt__"]
question_of = {question.value: question.id for question in asked}
print("ran:", sorted(executed))

# %% [markdown]
# > **Predict.** A bare yes arrives: which order gets it? Then order 8 gets an answer by id: which
# > branches run?

# %%
print(tried(graph.invoke, Command(resume=True), thread("d")))


def decide(answers: dict[int, bool]) -> None:
    executed.clear()
    resume = {question_of[order]: say for order, say in answers.items()}
    state = graph.invoke(Command(resume=resume), thread("d"))
    left = [question.value for question in state.get("__interrupt__", ())]
    print("ran:", sorted(executed), "| open:", left, "|", state["said"])


decide({8: False})
decide({7: True, 9: True})

# %% [markdown]
# The bare yes reaches none of them. With more than one question open, LangGraph refuses to guess, and
# says so. Then the answer for order 8 ran all three branches, to settle one. A branch that still waits
# begins again at its first line, each time a neighbour is answered. Order 8 is done and saved, so the
# second call leaves it alone.
#
# **Decide.** Ask side by side if the answers come from different people and don't depend on each other.
# Give each branch one question and no effects. If the order matters, ask in a sequence of nodes. Each
# answer costs a rerun of every branch that still waits.

# %% [markdown]
# ## A tool that asks repeats the tools called beside it
#
# *Further: on the core path, run these cells and read only what **Decide** says.*
#
# Here's an agent with two tools. One of them refunds, so it asks first. The model wants two things at
# once: tell the customer that we're on it, and refund her. The model is scripted; the loop and `ToolNode`
# are the real ones.

# %%
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from langgraph.graph import END, MessagesState
from langgraph.prebuilt import ToolNode, tools_condition

from course import chat_model

mails = []


@tool
def mail(text: str) -> str:
    """Write to the customer."""
    mails.append(text)
    return "mail sent"


@tool
def refund(order: int) -> str:
    """Pay an order back."""
    return "paid" if interrupt(f"Refund order {order}?") else "declined"


# %%
calls = [
    {"name": "mail", "args": {"text": "We're on it."}, "id": "1"},
    {"name": "refund", "args": {"order": 7}, "id": "2"},
]


def clerk(messages):
    results = [m.text for m in messages if m.type == "tool"]
    done = ", ".join(results)
    return done if results else AIMessage("", tool_calls=calls)


def agent(rule, tools, route=tools_condition, **options):
    model = chat_model(rule).bind_tools(tools)

    def answer(state: MessagesState):
        return {"messages": [model.invoke(state["messages"])]}

    builder = StateGraph(MessagesState).add_node(answer)
    builder.add_node("tools", ToolNode(tools))
    builder.add_edge(START, "answer").add_edge("tools", "answer")
    builder.add_conditional_edges("answer", route, ["tools", END])
    return builder.compile(checkpointer=InMemorySaver(), **options)


# %% [markdown]
# > **Predict.** The reviewer approves. How many mails does she get?

# %%
question = {"messages": ["Order 7 broke. Money back?"]}


def ask_and_approve(graph):
    mails.clear()
    graph.invoke(question, thread("e"))
    said = graph.invoke(Command(resume=True), thread("e"))["messages"]
    print([m.type for m in said], said[-1].text, "| mails:", len(mails))


ask_and_approve(agent(clerk, [mail, refund]))

# %% [markdown]
# She gets two, although the messages show one. A single `ToolNode` runs all calls of a message as one
# node. When that node is resumed, it makes all of them again. If each call has a branch of its own,
# LangGraph doesn't repeat a finished one:


# %%
def one_branch_each(state):
    made = state["messages"][-1].tool_calls
    return [Send("tools", [call]) for call in made] or END


ask_and_approve(agent(clerk, [mail, refund], one_branch_each))

# %% [markdown]
# **Decide.** As soon as one of your tools asks, send each call to a branch of its own. It costs three
# lines. The tool's own lines above its `interrupt` still run again, as in any node.

# %% [markdown]
# ## `interrupt_before` holds one call, and takes a no for a yes
#
# *Further: on the core path, run these cells and read only what **Decide** says.*
#
# There's another way to pause: name the nodes to stop before, and no tool has to ask. You can name them in
# one call of `invoke`, or in `compile`. This agent mails first and refunds afterwards, in two rounds of its
# loop. Its refund tool pays at once.

# %%
from course.stage import bank


@tool("refund")
def refund_at_once(order: int) -> str:
    """Pay an order back."""
    bank(f"pay back order {order}")
    return "paid"


def one_by_one(messages):
    done = sum(m.type == "tool" for m in messages)
    return AIMessage("", tool_calls=[calls[done]]) if done < 2 else "Done."


tools = [mail, refund_at_once]
graph = agent(one_by_one, tools)
graph.invoke(question, thread("f"), interrupt_before=["tools"])
held = graph.get_state(thread("f"))
print("next:", held.next, "| questions:", held.interrupts)
graph.invoke(None, thread("f"))  # the reviewer has seen the mail
print("bank:", bank_book()[-1])

# %% [markdown]
# The reviewer approved a mail, and the refund went out with it. LangGraph doesn't keep an
# `interrupt_before` that you give to `invoke`: it holds that call, and the next one runs to the end. One
# that you give to `compile` holds every time. But it asks nothing, so what happens to a no?

# %%
graph = agent(one_by_one, tools, interrupt_before=["tools"])
graph.invoke(question, thread("g"))
graph.invoke(None, thread("g"))
print("held before:", graph.get_state(thread("g")).next)
said = graph.invoke(Command(resume=False), thread("g"))["messages"]
print(said[-2].text, "| bank:", bank_book()[-2:])

# %% [markdown]
# It pays. There's no `interrupt` to receive the `False`, so LangGraph drops it and continues. And a page
# that lists `interrupts` never shows this thread, since it has no question.
#
# **Decide.** Use `interrupt_before` to debug, and give it to `compile`. For a decision, use `interrupt`:
# it costs a few lines, and it can take a no.

# %% [markdown]
# ## Nothing locks a question: two approvers pay twice
#
# Two reviewers press the button at the same moment, in two web servers. Both look, and both find the
# question open. Here each has its own connection and its own graph, and they share only the file. The
# barrier in the node makes the moment certain: it opens when both have arrived.

# %%
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from langgraph.checkpoint.sqlite import SqliteSaver

from course.stage import connect

charges, both = [], Barrier(2, timeout=20)


def pay_after_yes(state):
    if interrupt("Refund?"):
        both.wait()
        charges.append(state["order"])
    return {"paid": True}


def reviewer(given):
    graph = build(pay_after_yes, SqliteSaver(connect("two.db")))
    return graph.invoke(given, thread("refund-1"))


# %% [markdown]
# > **Predict.** Two resumes of one question arrive together. Do they make one charge, two, or one and an
# > error?

# %%
reviewer({"order": 4711})
with ThreadPoolExecutor(2) as pool:
    results = list(pool.map(reviewer, [Command(resume=True)] * 2))
print("results:", results)
print("charges:", charges)

# %% [markdown]
# LangGraph locks neither the thread nor the question. Both runs found it open, and both reviewers were told
# that all is well.
#
# **Decide.** Let in one answer at a time, at your own door: you'll build that in `two_approvers`. If the
# bank offers it, also send an **idempotency key**, a name for this payment that's the same each time. The
# bank recognises a repeated payment by it, even if you crash after paying and before saving that you
# paid. The refund desk in module 04 is built on that key.

# %% [markdown]
# ## What to remember
#
# 1. A resumed node starts again from its first line. Ask one question per node, with no effects above it.
# 2. New input drops an open question, and a broad `except` swallows it. Look at `interrupts` before you
#    send.
# 3. Answer by id, and let a response schema check the answer before your node sees it.
# 4. A valid answer is saved before its node runs on. If the node then fails, no later answer counts.
# 5. Nothing is locked. Let in one answer at a time, and pay with a key that makes a second one harmless.
#
# ## The mistakes of this lesson
#
# | what it looked like | what it was |
# |---|---|
# | set aside three times, paid once | an effect above `interrupt()` |
# | each answer at the wrong question | a deploy put a new `interrupt` above the others |
# | a refund refused, and nobody was asked | `except Exception` around `interrupt()` |
# | a question that can never be answered | no checkpointer |
# | an approval that paid nothing | new input had dropped the question |
# | paid, although the last word was no | the earlier yes was saved, and its node had failed |
# | `"false"` counted as a yes | an answer that nobody checked |
# | two mails for one approval | a tool that asks, in one `ToolNode` with a tool that sends |
# | a refund that nobody held | `interrupt_before` in one call, which isn't kept |
# | two charges for one yes | no lock, no idempotency key |
#
# ## From here
#
# - [The exercises](exercises.ipynb) of this module: an approval that survives the weekend, two managers
#   at one button, and a door that lets only answers in.
# - Next module: [the production pattern](../04_production/lesson.ipynb): routing, limits, caches, metrics,
#   shutdown, and a refund desk that you could take to work.
# - LangGraph's own page on [interrupts](https://docs.langchain.com/oss/python/langgraph/interrupts).
