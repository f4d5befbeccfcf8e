# %% [markdown]
# # Threads and checkpoints
#
# Mara writes to a shop: her kettle arrived broken. The shop answers. Then the shop deploys a new version,
# which kills the running process, and Mara writes again.
#
# Here's that shop. It's a graph with one node, and its state is a list of messages (`MessagesState`). The
# clerk is a scripted model. If it finds an order number in the messages it's sent, it names the number.
# If not, it asks for one. So each answer tells you what the clerk was sent. Everything runs offline.

# %%
import os
import tempfile

os.chdir(tempfile.mkdtemp())

# %%
# %%writefile shop.py
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph

from course import chat_model
from course.stage import order_clerk


model = chat_model(order_clerk)


def answer(state: MessagesState):
    return {"messages": [model.invoke(state["messages"])]}


builder = StateGraph(MessagesState).add_node(answer)
builder.add_edge(START, "answer")
graph = builder.compile(checkpointer=InMemorySaver())

# %% [markdown]
# To remember, the graph has a *checkpointer*. `InMemorySaver` is the one that most tutorials begin with.
# `Desk` serves the file's `graph` in a process of its own, so that we can talk to it, and kill it.

# %%
from course.stage import Desk

desk = Desk("shop.py", thread_id="mara")
desk.ask("My kettle arrived broken. It is order 4711.")
desk.ask("Which order was it?")

# %% [markdown]
# There's no number in her second question, and the clerk still knows it. Most demonstrations of memory end
# here.
#
# > **Predict.** We kill the process, start the same program again, and repeat the question. What does the
# > clerk say? Which exception is raised, and where?

# %%
desk.kill()
desk = Desk("shop.py", thread_id="mara")
desk.ask("Which order was it?")
desk.kill()

# %% [markdown]
# There's no exception, and the reply is even polite. From inside the program, a customer whose conversation
# was lost looks exactly like a new one.
#
# So you need to know three things: **under which name** a conversation is kept, **where**, and **when**
# it's written.

# %% [markdown]
# ## The saver remembers, not the graph, and `thread_id` is the only key
#
# ```mermaid
# flowchart TB
#     accTitle: Graph, saver, threads, checkpoints and store
#     accDescr: By a thread_id, a graph finds a thread in the saver, a chain of checkpoints. A store is apart.
#     code["graph: only code"]
#     subgraph saver["saver"]
#         m(["thread 'mara'"]) --- a["checkpoint"] --> b["newest checkpoint"]
#         n(["thread 'ben'"]) --- d["checkpoint"] --> e["newest checkpoint"]
#     end
#     store["store:<br>shared by threads"]
#     code -->|thread_id| m & n
#     code --> store
# ```
#
# A **checkpoint** is the state at one moment. A **thread** is a series of checkpoints with one name. The
# **saver** (also called checkpointer) keeps the threads, and a **store** keeps what threads share.
#
# Here are two helpers for the rest of this lesson, and three graphs. We compile `morning` and `evening`
# separately, and they share one saver. `stranger` has its own. Mara tells only `morning` her order.

# %%
from langgraph.checkpoint.memory import InMemorySaver

from shop import builder


def thread(name, **more):
    return {"configurable": {"thread_id": name, **more}}


def say(graph, text, config):
    return graph.invoke({"messages": [text]}, config)["messages"][-1].text


saver = InMemorySaver()
morning = builder.compile(checkpointer=saver)
evening = builder.compile(checkpointer=saver)
stranger = builder.compile(checkpointer=InMemorySaver())
say(morning, "It is order 4711.", thread("mara"))
for graph in (evening, stranger):
    print(say(graph, "Which order was it?", thread("mara")))

# %% [markdown]
# Compiling a graph doesn't give it a memory. Each run asks the saver for the thread's newest checkpoint,
# works, and saves new ones. `InMemorySaver` keeps them in a dict in its own process, and that's what the
# kill took from Mara.
#
# So the thread's name is the only key to a conversation. How carefully does LangGraph check it?
#
# > **Predict.** Here are six careless names: a capital letter, a thread nobody ever used, a number
# > instead of a string, `None`, an empty string, and no name at all. Which of them raise?

# %%
for name in ("mara", "Mara", "nobody"):
    print(name, "holds", [*evening.get_state(thread(name)).values])
say(evening, "It is order 9.", thread(1))
print('said on 1, read on "1":', say(evening, "Which?", thread("1")))
for name in (None, ""):
    say(evening, "It is order 4712.", thread(name))
    said = say(evening, "I'm Ben. Which?", thread(name))
    print(f"somebody else on {name!r}:", said)
try:
    say(evening, "Which order was it?", {})
except ValueError as problem:
    print("ValueError:", problem)

# %% [markdown]
# Only the missing name raises. `None` is a name like any other, and so is `""`, so all customers without
# an id share one conversation. A wrong name gets an empty thread, without a warning. If your program
# makes the id when it starts, say with `uuid4()`, it passes every test in one process and forgets
# everybody at the next start. And LangGraph doesn't ask who's calling: anyone who knows the name gets
# the conversation.
#
# **Decide.** Take the thread id from something that outlives the process: the customer, the ticket, the
# session. Refuse a request without one, and check that the caller owns it. That costs you a lookup for each
# request. Keep `InMemorySaver` for unit tests.

# %% [markdown]
# ## One line puts the conversation on disk

# %%
# %%writefile shop_on_disk.py
import sqlite3

from langgraph.checkpoint.sqlite import SqliteSaver

from shop import builder

db = sqlite3.connect("shop.db", check_same_thread=False)
graph = builder.compile(checkpointer=SqliteSaver(db))

# %%
desk = Desk("shop_on_disk.py", thread_id="mara")
desk.ask("My kettle arrived broken. It is order 4711.")
desk.ask("When will the new one come?")
desk.kill()

# %% [markdown]
# No desk is running now. But this notebook is a process too, and it has the code and the file:

# %%
from shop_on_disk import db, graph

print(say(graph, "Which order was it?", thread("mara")))

# %% [markdown]
# A process that never heard the order number knows it. Only the line with the saver changed, and there are
# four well-known ways to get that line wrong. Three of them raise at once, and one doesn't:

# %%
import sqlite3

from langgraph.checkpoint.sqlite import SqliteSaver

from course.stage import broken, connect, elsewhere, traces, tried


def first_turn(make_saver):
    graph = builder.compile(checkpointer=make_saver())
    return say(graph, "It is order 4711.", thread("mara"))


def used_after_with():
    with SqliteSaver.from_conn_string("other.db") as saver:
        return saver


in_memory = sqlite3.connect(":memory:", check_same_thread=False)
for make_saver in (
    lambda: SqliteSaver(sqlite3.connect("other.db")),
    lambda: SqliteSaver.from_conn_string("other.db"),
    used_after_with,
    lambda: SqliteSaver(in_memory),
):
    print(str(tried(first_turn, make_saver)).partition(".")[0])

# %% [markdown]
# LangGraph writes from worker threads, so the connection has to allow that (`check_same_thread=False`).
# `from_conn_string` gives you a context manager: you have to build *and use* the graph inside its `with`.
# The fourth one works, and it's the kettle again: a `:memory:` database dies with its process.
#
# **Decide.** Use `SqliteSaver` as long as everything runs on one machine, with a connection that stays
# open while the program runs. It costs a disk write per step. For several machines, take Postgres: module
# 05 compares them.

# %% [markdown]
# ## A run saves N + 2 checkpoints, and each holds the whole state
#
# The file is a plain SQLite database with two tables, `checkpoints` and `writes`. You don't need
# LangGraph to look into it.
#
# > **Predict.** Mara has said three things on this thread, two to the desk and one to the notebook, and got
# > three replies. How many rows does `checkpoints` have?

# %%
import json

query = """select metadata from checkpoints
           where thread_id = 'mara' order by checkpoint_id"""
for (metadata,) in db.execute(query):
    about = json.loads(metadata)
    print(f"step {about['step']:>2}  {about['source']}")

# %% [markdown]
# It has nine: three for each thing she said, although the graph has one node. LangGraph saves *between*
# the things that happen. A **super-step** runs all nodes that are due, merges what they returned, and
# ends with a checkpoint. Input adds two more, one when it arrives and one when it's merged:
#
# ```mermaid
# flowchart LR
#     accTitle: The three checkpoints of a run with one node
#     accDescr: The input arrives, is merged into the state, and then the node answers.
#     before(( )) -- "a message arrives" --> a["step -1, input<br>next: __start__"]
#     a -- "it's merged" --> b["step 0, loop<br>next: answer"]
#     b -- "answer runs" --> c["step 1, loop<br>next: nothing"]
# ```
#
# So input and N super-steps leave N + 2 checkpoints, and the next run on the thread counts on. What's in
# each of them: only what's new, or everything so far?

# %%
history = list(graph.get_state_history(thread("mara")))
for snapshot in history[:4]:
    step, held = snapshot.metadata["step"], snapshot.values["messages"]
    print(f"step {step:>2}  {len(held)} messages  next {snapshot.next}")
copies = sum(len(snapshot.values["messages"]) for snapshot in history)
print("copies of messages in all:", copies)

for mode in ("sync", "async", "exit"):
    graph.invoke({"messages": ["Hi."]}, thread(mode), durability=mode)
    print(mode, len(list(graph.get_state_history(thread(mode)))))

# %% [markdown]
# Each holds everything so far, and the newest comes first. A checkpoint is the *complete* state at its
# moment, so you can continue from any of them. It also means that this saver stored six messages 27
# times: the file grows with the square of the conversation. `next` names the nodes that run next. At step
# -1 that's `__start__`, which merges the input.
#
# With `durability="exit"`, LangGraph saves one checkpoint, when the run ends. (An `@entrypoint` leaves
# two.)
#
# `get_state` gives you the newest checkpoint, and `timeline` draws them all. Open one to see its state and
# what changed:

# %%
from course import timeline

timeline(graph, thread("mara"))

# %% [markdown]
# **Decide.** Count super-steps, not turns, when you estimate what a thread costs: checkpoints times the
# size of the state. Keep documents and images out of the state, and save their keys.

# %% [markdown]
# ## The newest checkpoint is the one with the greatest id, by some machine's clock
#
# *Further: on the core path, run these cells and read only what **Decide** says.*
#
# A step number doesn't identify a checkpoint. Its id does:

# %%
from uuid import UUID

configs = [snapshot.config for snapshot in reversed(history)]
ids = [config["configurable"]["checkpoint_id"] for config in configs]
print("UUID version:", {UUID(i).version for i in ids})
print("sorted as text, in the order they were made:", sorted(ids) == ids)

# %% [markdown]
# A version 6 UUID begins with the time, and LangGraph takes the greatest id as the newest checkpoint. It
# reads that time from the clock of the machine that runs the graph. What if two workers share this
# database, and one's clock is a minute fast? Mara talks to that one first, and then twice to the other
# one:

# %%
import time
from unittest.mock import patch

last_id_in_this_process = "langgraph.checkpoint.base.id._last_v6_timestamp"


def on_worker(seconds_fast, text):
    now = time.time_ns
    wrong = patch("time.time_ns", lambda: now() + seconds_fast * 10**9)
    with wrong, patch(last_id_in_this_process, None):
        said = say(graph, text, thread("two clocks"))
    print(f"{seconds_fast} s fast: {said}")


on_worker(60, "It is order 4711.")
on_worker(0, "Sorry, I meant order 4712.")
on_worker(0, "Which order was it?")

# %% [markdown]
# Her correction was answered, and it's in the file. But its id is too small, so every later turn starts
# from before it. PostgreSQL orders the same way. Two seconds are enough, if turns come that close
# together.
#
# **Decide.** Keep your machines' clocks in step, and send all runs of a thread to one worker if you can.
# Never use `step` as a key.

# %% [markdown]
# ## A killed agent continues with `None`; a new message leaves its tool call without a result
#
# So far the kill came between two replies. Now it comes in the middle. Here's an agent: a model that
# calls a tool, and a loop that goes back to the model with the result. As long as a file named `deploy`
# exists, the tool kills its own process.

# %%
# %%writefile agent.py
import os
import signal
from pathlib import Path

from langchain_core.tools import tool
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition

from course import chat_model
from course.stage import clerk, connect


@tool
def find_order(order: int) -> str:
    """Look up an order."""
    if Path("deploy").exists():
        os.kill(os.getpid(), signal.SIGKILL)
    return f"Order {order}: sent on Monday."


# %%
# %%writefile -a agent.py


model = chat_model(clerk).bind_tools([find_order])


def answer(state: MessagesState):
    return {"messages": [model.invoke(state["messages"])]}


builder = StateGraph(MessagesState).add_node(answer)
builder.add_node("tools", ToolNode([find_order]))
builder.add_conditional_edges("answer", tools_condition)
builder.add_edge(START, "answer").add_edge("tools", "answer")
graph = builder.compile(checkpointer=SqliteSaver(connect("agent.db")))

# %% [markdown]
# `elsewhere` runs the file's `graph` once, in a new process. Ben and Ida each ask about two orders. With
# `durability="sync"`, each checkpoint is on disk before the next step begins. The default, `"async"`,
# writes it *while* the next step runs, and then the kill may win the race.

# %%
from pathlib import Path

question = {"messages": ["Where are my orders 7 and 8?"]}
Path("deploy").touch()
for name in ("ben", "ida"):
    elsewhere("agent.py", question, name, durability="sync")
Path("deploy").unlink()

from agent import graph as agent

left = agent.get_state(thread("ben"))
print(left.values["messages"][-1].tool_calls[0]["name"], left.next)

# %% [markdown]
# The model has asked for its tool calls, and `tools` is due. The state and the work that's left are in one
# row, so any process that has the code and the file can continue. The input `None` means: nothing new, just
# carry on. Ben's worker does that. Ida is impatient, and her new message arrives first.
#
# > **Predict.** Which messages does each thread hold afterwards? Would a provider accept them?


# %%
def continue_with(given, name):
    said = agent.invoke(given, thread(name))["messages"]
    print(name, [m.type for m in said], said[-1].text)
    print("    a provider would refuse this:", broken(said))


continue_with(None, "ben")
continue_with({"messages": ["Are you there?"]}, "ida")
steps = agent.get_state_history(thread("ben"))
print([(s.metadata["step"], *s.next) for s in steps][::-1])

# %% [markdown]
# Ben gets his answer. His question appears once, and the run has its N + 2 checkpoints, as if nothing had
# happened. New input starts a new run and drops the step that was pending. So Ida's thread has two tool
# calls that nobody will ever answer, and a provider refuses such a list, on this turn and on every later
# one.
#
# **Decide.** When a worker starts, continue every unfinished thread with `None`, before you send it
# anything new. Module 02 shows how to tell that a thread is unfinished, and why a tool may run twice.

# %% [markdown]
# ## A run from an old checkpoint makes a branch: steps repeat, ids don't
#
# *Further: on the core path, run these cells and read only what **Decide** says.*
#
# A run needn't start at the newest checkpoint. Give it the config of an older one, and it starts there.
# Mara's first exchange ended with step 1, so that's where she corrects herself.
#
# > **Predict.** Her thread has six messages. How many does it have after this?

# %%
first_reply = next(s for s in history if s.metadata["step"] == 1)
print(say(graph, "Sorry, I mean order 4712.", first_reply.config))

messages = graph.get_state(thread("mara")).values["messages"]
snapshots = list(graph.get_state_history(thread("mara")))
print("messages now:", len(messages), "| checkpoints:", len(snapshots))
print("steps:", sorted(s.metadata["step"] for s in snapshots))

# %%
timeline(graph, thread("mara"))

# %% [markdown]
# It has four. All nine old checkpoints are still there, and three new ones grew out of the middle. But a
# thread is wherever its newest checkpoint is, and that's now at the end of the short branch.
#
# So the list of checkpoints isn't a conversation read backwards. It's a tree, sorted by time, and two
# checkpoints here are "step 2". In `parent_config`, each but the first names the one it grew from.
#
# **Decide.** To read a conversation, start at its end and follow the parents. Run from an old checkpoint
# only if you want the thread to move there.

# %% [markdown]
# ## A reducer decides whether an update replaces or adds
#
# A node returned one message, and the conversation grew by one. It might have been replaced instead. The
# state's type says which, key by key:

# %%
import operator
from typing import Annotated, TypedDict

from langgraph.graph import START, MessagesState, StateGraph


class Ticket(TypedDict):
    status: str
    log: Annotated[list[str], operator.add]


def work(state):
    return {"status": "in work", "log": ["worked"]}


tickets = StateGraph(Ticket).add_node(work).add_edge(START, "work")
tickets = tickets.compile(checkpointer=InMemorySaver())

# %% [markdown]
# `status` has no reducer, so the last write wins. `log` has `operator.add`: what it holds plus what's
# written. A reducer is any function of the old value and the update. For messages there's `add_messages`,
# which `MessagesState` has built in. It replaces a message whose id is already there, and appends any
# other.
#
# Three callers now do what you'd do with a stateless API: they send everything they know back in. One
# sends a ticket, one the messages it got, and one the same messages as a browser would, as role and text.

# %%
first = tickets.invoke({"status": "new", "log": ["opened"]}, thread("t"))
print("ticket:", tickets.invoke(first, thread("t"))["log"])

for name, shape in (
    ("with ids", lambda m: m),
    ("as role and text", lambda m: (m.type, m.text)),
):
    got = evening.invoke({"messages": ["Hello."]}, thread(name))
    again = {"messages": [shape(m) for m in got["messages"]]}
    said = evening.invoke(again, thread(name))["messages"]
    print(f"{name}:", len(said))

# %% [markdown]
# Input is an update like any other, so it goes through the reducers. The ticket's log has five entries.
# The second chat has five messages where three were said: two of them are there twice, you pay for them
# on every turn, and nothing raised.
#
# **Decide.** With a checkpointer, send only what's new. Give a key a reducer if it collects, and none if it
# holds one current value.

# %% [markdown]
# ## Two writers and no reducer poison the thread
#
# *Further: on the core path, run these cells and read only what **Decide** says.*
#
# The shop asks two suppliers for a new kettle, at the same time. Both nodes are due in the same super-step,
# and both write `quotes`.


# %%
class Quotes(TypedDict):
    item: str
    quotes: list[str]


asked = []


def north(state):
    asked.append("north")
    return {"quotes": ["north: 40"]}


def south(state):
    asked.append("south")
    return {"quotes": ["south: 35"]}


# %%
quotes_db = sqlite3.connect("quotes.db", check_same_thread=False)


def market(schema):
    both = StateGraph(schema).add_node(north).add_node(south)
    both.add_edge(START, "north").add_edge(START, "south")
    return both.compile(checkpointer=SqliteSaver(quotes_db))


kettle = {"item": "kettle"}
print(tried(market(Quotes).invoke, kettle, thread("q")))

# %% [markdown]
# LangGraph won't choose between them. It looks like an error you'd catch and retry.
#
# > **Predict.** Which of these get through: continuing with `None`, sending something new, or only
# > *reading* the thread? And how often will the suppliers have been asked?

# %%
broken_one = market(Quotes)
invoke, get_state = broken_one.invoke, broken_one.get_state
for call, *given in ([invoke, None], [get_state], [invoke, kettle]):
    told = str(tried(call, *given, thread("q")))
    print(call.__name__, *given, "|", told.partition(":")[0])
    print("    asked so far:", sorted(asked))

# %% [markdown]
# None of them gets through. You can't even look at the thread, and new input asked both suppliers again.
# LangGraph saves what a node returns in `writes` *before* it merges it, so that a crash in one node
# doesn't cost its neighbours' work. (A *channel* is LangGraph's word for a key of the state.)

# %%
query = """select dense_rank() over (order by checkpoint_id), task_path
           from writes where channel = 'quotes' order by 1, 2"""
for number, path in quotes_db.execute(query):
    print(f"checkpoint {number}: {path.split(', ')[1]} wrote quotes")
print(len(list(broken_one.get_state_history(thread("q")))), "in history")

# %% [markdown]
# Each time LangGraph loads the thread, even just to read it, it merges the newest checkpoint's rows
# first, and refuses again. (The history isn't merged, so you can still read that.) New input left the
# first two rows behind, and wrote two more like them. Only the rule for merging is missing, so we deploy
# one. Is a supplier asked a third time?


# %%
class Summed(TypedDict):
    item: str
    quotes: Annotated[list[str], operator.add]


print(market(Summed).invoke(None, thread("q")))
print("asked so far:", sorted(asked))

# %% [markdown]
# The rows that poisoned the thread were the answers themselves. Nobody is asked again. LangGraph merges
# them in order of the nodes' names, whoever answered first.
#
# **Decide.** Give a reducer to every key that parallel nodes write. If you see `InvalidUpdateError`,
# don't retry. Add the reducer and continue with `None`.

# %% [markdown]
# ## What a node returns is saved; what it changes in place may not be
#
# *Further: on the core path, run these cells and read only what **Decide** says.*
#
# A gift goes into a cart, and the next node counts. `add_gift` appends to the list it was given, and
# returns nothing.


# %%
class Cart(TypedDict):
    items: list[str]
    count: int


def add_gift(state):
    state["items"].append("gift")
    return {}


def count(state):
    return {"count": len(state["items"])}


# %% [markdown]
# > **Predict.** What does the run return, and what does the thread hold afterwards? Does that depend on the
# > saver?


# %%
def compare(add_gift):
    for saver in (InMemorySaver(), SqliteSaver(in_memory)):
        nodes = [("add_gift", add_gift), ("count", count)]
        cart = StateGraph(Cart).add_sequence(nodes)
        cart = cart.add_edge(START, "add_gift").compile(checkpointer=saver)
        returned = cart.invoke({"items": ["kettle"]}, thread("cart"))
        print(type(saver).__name__, "returned", returned)
        print("    saved", cart.get_state(thread("cart")).values)
        steps = [c.checkpoint for c in saver.list(thread("cart"), limit=4)]
        wrote = ["items" in c["updated_channels"] for c in steps]
        print("    items written at steps -1 to 2:", wrote[::-1])


compare(add_gift)

# %% [markdown]
# With both, the run returns two items. One saver then holds `['kettle']` with a count of 2.
#
# A node gets the live list, so the next node sees the change. But LangGraph wasn't told: to it, `items`
# was written at step 0, as input, and never again. `InMemorySaver` stores a key again only when it was
# written, so it keeps the old list. `SqliteSaver` stores every key at each step, and takes the change
# along by accident. Your test passes with one saver, and your customers are on the other.


# %%
compare(lambda state: {"items": [*state["items"], "gift"]})

# %% [markdown]
# **Decide.** Never change what a node is given. Build a new list or dict, and return it. It costs a copy.

# %% [markdown]
# ## Give each user their own threads, and keep secrets out of `configurable`
#
# A support desk has one saver for all customers. Here it also has one thread for all, named after the desk,
# and then one thread for each customer.

# %%
everyone = SqliteSaver(sqlite3.connect("desk.db", check_same_thread=False))
desk = builder.compile(checkpointer=everyone)
orders = {"mara": 4711, "ben": 42, "ida": 17}
for user, order in orders.items():
    say(desk, f"It is order {order}.", thread("support"))
    say(desk, f"It is order {order}.", thread(f"{user}-1", user=user))

print(say(desk, "I'm Mara. Which?", thread("support")))
print(say(desk, "I'm Mara. Which?", thread("mara-1", user="mara")))
found = list(everyone.list(None, filter={"user": "ben"}))
print({each.config["configurable"]["thread_id"] for each in found})

# %% [markdown]
# On the shared thread, Mara is told another customer's order. A saver has no list of users. But LangGraph
# copies the strings, numbers and booleans next to `thread_id` into the metadata of every checkpoint, and
# savers can filter by that. So what about an access token?
#
# There are four places to put a value. We put one word into each, and then look for the words in the
# folder's databases, from outside:

# %%
from langgraph.runtime import Runtime
from langgraph.store.sqlite import SqliteStore


class Caller(TypedDict):
    token: str


def note(state: MessagesState, runtime: Runtime[Caller]):
    runtime.store.put(("customers", "ben"), "drink", {"likes": "espresso"})
    return {"messages": [f"{len(runtime.context['token'])} letters"]}


# %%
store = SqliteStore(connect("store.db"))
store.setup()
safe = StateGraph(MessagesState, context_schema=Caller)
safe.add_node(note).add_edge(START, "note")
safe = safe.compile(checkpointer=everyone, store=store)
config = thread("ben-2", token="config-secret")
given = {"messages": ["my teapot"]}
safe.invoke(given, config, context={"token": "context-secret"})
for word in ("teapot", "config-secret", "espresso", "context-secret"):
    print(f"{word:<15}", traces(word))
print(tried(safe.invoke, given, config))

# %% [markdown]
# | place | who reads it | saved |
# |---|---|---|
# | state | this thread's nodes, on every turn | in every checkpoint |
# | `configurable` | the run; `saver.list(filter=…)` | in clear, in every checkpoint's metadata |
# | store | all threads | until you delete it |
# | `context=` | this run's nodes, as `runtime.context` | nowhere |
#
# The last line of output is the price of `context`: you have to pass it again with every call, and a run
# without it fails in your node.
#
# **Decide.** Use one thread per conversation. Put what you filter by into `configurable`. Anything you
# wouldn't write into a log belongs in `context`, and facts about a customer belong in the store (module
# 07).

# %% [markdown]
# ## A thread has no lock: of five runs at once, one survives
#
# Mara is impatient and presses Send five times. Five runs start on one thread, and what happens depends
# on the moment. So we force an unlucky one. The saver's readers wait until all five have read, and then
# go on one after the other, a quarter of a second apart. No two writes ever happen at the same time.

# %%
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

all_five = Barrier(5, timeout=20)


class UnluckySaver(SqliteSaver):
    def get_tuple(self, config):
        found = super().get_tuple(config)
        time.sleep(all_five.wait() / 4)  # its place among the five
        return found


clicks = thread("clicks")
print(say(graph, "It is order 4711.", clicks))
unlucky = builder.compile(checkpointer=UnluckySaver(db))

# %% [markdown]
# > **Predict.** The thread has two messages. Five runs add a message and a reply each. How many are there
# > in the end, and how many of the five callers get an error?

# %%
with ThreadPoolExecutor(5) as pool:
    runs = [pool.submit(say, unlucky, "News?", clicks) for _ in range(5)]
for run in runs:
    print("a caller got:", run.result())
print("messages:", len(graph.get_state(clicks).values["messages"]))

# %%
timeline(graph, clicks)

# %% [markdown]
# There are four, where there should be twelve, and all five callers got an answer that sounds right.
# Every run began with the same two messages and went its own way, so there are five branches from one
# checkpoint. The thread goes on from the newest. The other four are in the file, and no later turn will
# see them.
#
# The writes never collided, so a database that locks them doesn't help. The *whole run* has to happen one
# at a time, and a lock inside a node comes too late.
#
# **Decide.** Allow one run per thread at a time. In one process you need a lock, and across machines a
# queue per thread. You'll build the lock in `serve_fifty_users`.

# %% [markdown]
# ## What to remember
#
# 1. The saver remembers, by `thread_id`. The graph is code. An unknown thread is empty, and raises nothing.
# 2. Each super-step ends with a checkpoint of the whole state, its `next` and its parent. Input adds two.
# 3. The thread is at its greatest checkpoint id, by the clock that made it. Steps repeat; ids don't.
# 4. Nodes return updates, and reducers merge them. A change in place is saved only by accident.
# 5. Allow one run per thread at a time, and continue an unfinished one with `None`. Nothing enforces
#    either.
#
# ## The mistakes of this lesson
#
# | what it looked like | what it was |
# |---|---|
# | a polite question after a restart | `InMemorySaver`, `:memory:`, or a thread id made at start |
# | `ProgrammingError` on the first run | `check_same_thread` left on, or a saver used after its `with` |
# | a reply that was saved, and then unknown | two machines with two clocks |
# | a tool call without a result | a new message on a thread whose run was killed |
# | `InvalidUpdateError`, even from `get_state` | two writers in one step, no reducer |
# | somebody else's order | one thread for all users, or a `thread_id` of `None` |
# | four messages of twelve | several runs on one thread at once |
#
# ## From here
#
# - [The exercises](exercises.ipynb) of this module: a warm-up, five to build, and one to explain in your own
#   words.
# - Next module: [failure, retry, resume](../02_robust/lesson.ipynb). What do you do when a node fails,
#   hangs, or dies half-way?
# - LangGraph's own page on [persistence](https://docs.langchain.com/oss/python/langgraph/persistence).
#
# To have a real model as the clerk, start Jupyter with `COURSE_MODEL=provider:name` in the environment.
# Only its words will differ.
