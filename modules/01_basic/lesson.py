# %% [markdown]
# # Threads and checkpoints
#
# Mara writes to a shop: her kettle has arrived broken. The shop answers. Then the shop deploys a new
# version, which kills the running process, and Mara writes again.
#
# Here is that shop: a graph of one node, whose state is a list of messages (`MessagesState`). Its clerk is
# a scripted model: it looks for an order number in the messages it is given, and asks for one if there is
# none. So its answers tell you exactly what it was shown. Everything runs offline, in a new and empty folder.

# %%
import os
import tempfile

os.chdir(tempfile.mkdtemp())

# %%
# %%writefile shop.py
import re

from langgraph.graph import START, MessagesState, StateGraph

from course import chat_model


def clerk(messages):
    orders = re.findall(r"order (\d+)", " ".join(m.text for m in messages))
    return f"You told me about order {orders[-1]}." if orders else "Which order do you mean?"


def answer(state: MessagesState):
    return {"messages": [chat_model(clerk).invoke(state["messages"])]}


def build(saver, answer=answer):
    graph = StateGraph(MessagesState).add_node("answer", answer).add_edge(START, "answer")
    return graph.compile(checkpointer=saver)


# %% [markdown]
# And here is the program that serves Mara: it reads her lines from standard input and prints the
# replies. To remember, it has a *checkpointer*, the one that most tutorials begin with.

# %%
# %%writefile desk.py
import sys

from langgraph.checkpoint.memory import InMemorySaver

from shop import build

graph = build(InMemorySaver())
mara = {"configurable": {"thread_id": "mara"}}
for line in sys.stdin:
    state = graph.invoke({"messages": [("user", line.strip())]}, mara)
    print(state["messages"][-1].text.replace("\n", " "), flush=True)

# %% [markdown]
# `Desk` starts such a program in a process of its own, so that we can talk to it, and kill it.

# %%
import subprocess
import sys


class Desk:
    def __init__(self, script):
        self.process = subprocess.Popen(
            [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, text):
        print(text, file=self.process.stdin, flush=True)
        reply = self.process.stdout.readline().strip()
        print(f"Mara:  {text}\nClerk: {reply}")

    def kill(self):
        self.process.kill()  # SIGKILL: no handler runs, and nothing is said in farewell
        print("[killed, exit status", self.process.wait(), end="]\n")


# %%
desk = Desk("desk.py")
desk.ask("My kettle arrived broken. It is order 4711.")
desk.ask("Which order was it?")

# %% [markdown]
# The second question holds no number, and the clerk knew it: the conversation is remembered. Most
# demonstrations of memory end here.
#
# > **Predict.** We kill the process, start the same program again and repeat the question. What does
# > the clerk say? Which exception is raised, and where?

# %%
desk.kill()
desk = Desk("desk.py")
desk.ask("Which order was it?")
desk.kill()

# %% [markdown]
# No exception anywhere. The reply is even polite. From inside the program, a customer whose
# conversation was lost looks exactly like a customer who has just come in.
#
# That leaves three things to find out: **under which name** a conversation is kept, **where**, and
# **when** it is written.

# %% [markdown]
# ## The saver remembers; the graph is only code
#
# This is the whole graph of the shop, drawn by itself; a node that no edge leaves leads to `__end__`:

# %%
from IPython.display import Markdown
from langgraph.checkpoint.memory import InMemorySaver

from shop import build


def draw(graph):
    return Markdown(f"```mermaid\n{graph.get_graph().draw_mermaid(with_styles=False)}```")


draw(build(InMemorySaver()))

# %% [markdown]
# Two short helpers for the rest of the lesson, and then three graphs. `morning` and `evening` are
# compiled separately and share one saver. `stranger` has a saver of its own.
#
# > **Predict.** Mara tells only `morning` her order. Who knows it?


# %%
def thread(name, **more):
    return {"configurable": {"thread_id": name, **more}}


def say(graph, text, config):
    return graph.invoke({"messages": [("user", text)]}, config)["messages"][-1].text


saver = InMemorySaver()
morning, evening, stranger = build(saver), build(saver), build(InMemorySaver())
say(morning, "It is order 4711.", thread("mara"))
print("evening: ", say(evening, "Which order was it?", thread("mara")))
print("stranger:", say(stranger, "Which order was it?", thread("mara")))

# %% [markdown]
# Compiling makes no memory. Each run asks the saver for the latest state of the thread, works, and
# hands the new state back. `InMemorySaver` keeps it in a dict of its own process, and that is what the
# kill took from Mara.
#
# Which makes the name of the thread the only key to a conversation. How carefully is it checked?
#
# > **Predict.** Five careless names: a capital letter, a thread nobody ever used, a number instead of a
# > string, `None`, and no name at all. Which of them raise?


# %%
def held(name):
    return len(evening.get_state(thread(name)).values.get("messages", []))


print("mara holds", held("mara"), "messages; Mara holds", held("Mara"))
print("nobody holds", held("nobody"))
say(evening, "It is order 9.", thread(1))
print('said on 1, read on "1":', held("1"))
say(evening, "It is order 4712.", thread(None))
print("somebody else on None:", say(evening, "Which order was it?", thread(None)))
try:
    say(evening, "Which order was it?", {})
except ValueError as problem:
    print("ValueError:", problem)

# %% [markdown]
# Only the missing key raises. `None` is a name like any other, and so is `""`: everybody whose id was lost
# on the way shares one conversation. A wrong name is a new customer, with no warning. A program that makes
# its thread id at start, say by `uuid4()`, passes every test in one process and forgets everybody at the
# next start. Take the id from something that outlives the process: the customer, the ticket, the session
# cookie. And refuse a request that has none.
#
# Whoever sends the name gets the conversation. LangGraph doesn't ask who is calling.

# %% [markdown]
# ## One line puts the conversation on disk

# %%
# %%writefile desk_on_disk.py
import sqlite3
import sys

from langgraph.checkpoint.sqlite import SqliteSaver

from shop import build

graph = build(SqliteSaver(sqlite3.connect("shop.db", check_same_thread=False)))
mara = {"configurable": {"thread_id": "mara"}}
for line in sys.stdin:
    state = graph.invoke({"messages": [("user", line.strip())]}, mara)
    print(state["messages"][-1].text.replace("\n", " "), flush=True)

# %%
desk = Desk("desk_on_disk.py")
desk.ask("My kettle arrived broken. It is order 4711.")
desk.kill()

# %% [markdown]
# Now no desk runs at all. But this notebook is a process too, it has the code, and it has the file.

# %%
import sqlite3

from langgraph.checkpoint.sqlite import SqliteSaver

db = sqlite3.connect("shop.db", check_same_thread=False)
graph = build(SqliteSaver(db))
print(say(graph, "Which order was it?", thread("mara")))

# %% [markdown]
# A process that was never told knows. Only the line with the saver changed, and there are four well-trodden
# ways to get it wrong.
#
# > **Predict.** Three of these raise at once. Which one does not, and what does it cost you?


# %%
def attempt(label, make_saver):
    try:
        print(f"{label}:", say(build(make_saver()), "It is order 4711.", thread("mara")))
    except Exception as problem:
        print(f"{label}: {type(problem).__name__}: {str(problem).split('.')[0]}")


def used_after_with():
    with SqliteSaver.from_conn_string("other.db") as saver:
        return saver


attempt("plain    ", lambda: SqliteSaver(sqlite3.connect("other.db")))
attempt("no with  ", lambda: SqliteSaver.from_conn_string("other.db"))
attempt("too late ", used_after_with)
attempt(":memory: ", lambda: SqliteSaver(sqlite3.connect(":memory:", check_same_thread=False)))

# %% [markdown]
# LangGraph writes from worker threads, so the connection must allow that (`check_same_thread=False`).
# `from_conn_string` gives a context manager: build *and use* the graph inside its `with`.
#
# The fourth is the kettle again: a `:memory:` database dies with its process.

# %% [markdown]
# ## One answer writes three checkpoints
#
# The file is a plain SQLite database with two tables, `checkpoints` and `writes`. No LangGraph is
# needed to look into it.
#
# > **Predict.** Mara has said two things on this thread, one to the desk and one to the notebook, and got
# > two replies. How many rows does `checkpoints` hold?

# %%
import json

rows = db.execute("select metadata from checkpoints where thread_id = 'mara' order by checkpoint_id")
for (metadata,) in rows:
    about = json.loads(metadata)
    print(f"step {about['step']:>2}  {about['source']}")

# %% [markdown]
# Six: three for each thing she said, although the graph has one node. LangGraph saves *between* the
# things that happen. A **super-step** runs all nodes that are due, merges what they returned, and ends
# with a checkpoint. Input takes two more, one when it arrives and one when it is merged:
#
# ```mermaid
# flowchart LR
#     before(( )) -- "a message arrives" --> a["step -1, source input<br>next: __start__"]
#     a -- "it is merged" --> b["step 0, source loop<br>next: answer"]
#     b -- "answer runs" --> c["step 1, source loop<br>next: nothing"]
# ```
#
# So new input and N super-steps leave N + 2 checkpoints, and the next run on the thread goes on counting,
# here from 2. Two kinds of run leave fewer: with `durability="exit"` it's one, and an `@entrypoint` leaves
# two. `source` says how a checkpoint came about: `input`, `loop`, and two more that you'll meet with time
# travel, `update` and `fork`.
#
# > **Predict.** How many messages does each of the six hold: what was new, or everything so far?

# %%
history = list(graph.get_state_history(thread("mara")))
for snapshot in history:
    messages = snapshot.values["messages"]
    print(f"step {snapshot.metadata['step']:>2}  {len(messages)} messages  next {snapshot.next}")
print("copies of messages in all:", sum(len(snapshot.values["messages"]) for snapshot in history))

# %% [markdown]
# Everything so far, and newest first. Each checkpoint is the *complete* state at its moment. That is
# why any of them can be continued, and why four messages are stored twelve times: this saver's file
# grows with the square of the conversation (module 05 weighs it). `next` names the nodes that are due.
# At step -1 that is `__start__`, which merges the input.
#
# `get_state` gives the newest, the first of these. What identifies a checkpoint is not its step but its id:

# %%
from uuid import UUID

ids = [snapshot.config["configurable"]["checkpoint_id"] for snapshot in reversed(history)]
print("all different:", len(set(ids)) == len(ids), "| UUID version:", {UUID(i).version for i in ids})
print("sorted as text, they are in the order they were made:", sorted(ids) == ids)

latest = graph.get_state(thread("mara"))
print("the latest one names its parent:", latest.parent_config == history[1].config)

# %% [markdown]
# A version 6 UUID begins with the time, and LangGraph takes the greatest id as the latest checkpoint. That
# time is read from the clock of the machine that ran the graph. Say two workers share this database, and
# the clock of one is fast.
#
# > **Predict.** Mara talks to the fast worker first, then to the right one twice. Her second message is
# > answered and saved. What does the third reply know?

# %%
import time
from unittest.mock import patch


def on_worker(seconds_fast, text):
    now = time.time_ns
    wrong = patch("time.time_ns", lambda: now() + seconds_fast * 10**9)
    with wrong, patch("langgraph.checkpoint.base.id._last_v6_timestamp", None):  # a process of its own
        print(f"{seconds_fast} s fast:", say(graph, text, thread("two clocks")))


on_worker(60, "It is order 4711.")
on_worker(0, "Sorry, I meant order 4712.")
on_worker(0, "Which order was it?")

# %% [markdown]
# The correction is in the file, under an id that is too small, and every later turn starts from before it.
# PostgreSQL orders the same way. Two seconds are enough if turns come that close together. Keep your
# machines' clocks in step, and send all runs of a thread to one worker.
#
# Every checkpoint but the first also names the one it grew from. Ids and parents together are the history,
# and this draws it. Open a checkpoint to see its state and what changed:

# %%
from course import timeline

timeline(graph, thread("mara"))

# %% [markdown]
# ## A killed run is an unfinished one, and says what is next
#
# So far the kill came between two replies. This one comes in the middle: the node thinks for a while and
# takes its own process down before it returns. `durability="sync"` has each checkpoint written before
# the next node starts. The default, `"async"`, writes it *while* the next node runs, and then a kill may
# win the race. Module 05 measures it.

# %%
# %%writefile desk_that_dies.py
import os
import signal
import sqlite3
import time

from langgraph.checkpoint.sqlite import SqliteSaver

from shop import build


def answer(state):
    time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGKILL)


graph = build(SqliteSaver(sqlite3.connect("shop.db", check_same_thread=False)), answer)
mara = {"configurable": {"thread_id": "mara"}}
graph.invoke({"messages": [("user", "And when will it come?")]}, mara, durability="sync")

# %% [markdown]
# > **Predict.** What is the last message on the thread afterwards, and what is `next`?

# %%
print("exit status:", subprocess.run([sys.executable, "desk_that_dies.py"]).returncode)
left = graph.get_state(thread("mara"))
print(len(left.values["messages"]), "messages, the last:", left.values["messages"][-1].text)
print("next:", left.next)

# %% [markdown]
# Mara's words were taken in; the answer is due. The state and the work still to do lie in the same
# row, so any process that has the code and the file can go on. Input `None` means: nothing new, carry
# on from where it stands.

# %%
done = graph.invoke(None, thread("mara"))
print([m.type for m in done["messages"][-2:]], done["messages"][-1].text)
print("next:", graph.get_state(thread("mara")).next, "| messages:", len(done["messages"]))

# %% [markdown]
# The thread has six messages, and her question appears only once.

# %% [markdown]
# ## Steps repeat; ids do not
#
# A run need not start at the latest checkpoint. Give it the config of an older one, and it starts
# there. Mara's first exchange ended with step 1, so that is where she corrects herself.
#
# > **Predict.** The thread holds six messages. How many does it hold after this?

# %%
first_reply = next(s for s in graph.get_state_history(thread("mara")) if s.metadata["step"] == 1)
print(say(graph, "Sorry, I mean order 4712.", first_reply.config))

history = list(graph.get_state_history(thread("mara")))
print("messages now:", len(graph.get_state(thread("mara")).values["messages"]))
print("checkpoints: ", len(history))
print("steps:       ", sorted(s.metadata["step"] for s in history))

# %% [markdown]
# Four. All nine old checkpoints are there, and three new ones that grew out of the middle. But the thread
# is wherever its latest checkpoint is, and that's now at the end of the short branch.
#
# So a list of checkpoints, newest first, is not a conversation read backwards: it is a tree, flattened.
# Two checkpoints here are "step 2". To read one conversation, start at its end and follow the parents.

# %%
timeline(graph, thread("mara"))

# %% [markdown]
# ## A node returns an update, and the reducer decides what that means
#
# So far a node returned one message, and the conversation grew by one. It might as well have been
# replaced by it. Which of the two happens is written in the type of the state, key by key:

# %%
import operator
from typing import Annotated, TypedDict

from langgraph.graph import START, StateGraph


class Ticket(TypedDict):
    status: str
    log: Annotated[list[str], operator.add]


def work(state):
    return {"status": "in work", "log": ["worked"]}


tickets = StateGraph(Ticket).add_node(work).add_edge(START, "work").compile(checkpointer=InMemorySaver())

# %% [markdown]
# `status` has no reducer, so the last write wins. `log` has `operator.add`: what is held plus what is
# written.
#
# > **Predict.** The caller below sends the state it got back in again, as one does with a stateless
# > API. How long is the second log?

# %%
first = tickets.invoke({"status": "new", "log": ["opened"]}, thread("t1"))
second = tickets.invoke(first, thread("t1"))
print(first)
print(second)

# %% [markdown]
# Five. Input is an update like any other: it goes through the reducers.
#
# For messages there is a reducer that knows better, `add_messages`, which `MessagesState` has built in:
# a message whose id is already there takes its place, and any other is appended.
#
# > **Predict.** Two callers send a whole conversation of two messages back. One sends the messages it
# > got, the other sends them as a browser would, as role and text. How many messages does each thread
# > then hold, with the new reply?

# %%
chat = build(InMemorySaver())
got = chat.invoke({"messages": [("user", "Hello")]}, thread("a"))["messages"]
chat.invoke({"messages": [("user", "Hello")]}, thread("b"))

same_ids = chat.invoke({"messages": got}, thread("a"))["messages"]
no_ids = chat.invoke({"messages": [(m.type, m.text) for m in got]}, thread("b"))["messages"]
print("with their ids:", len(same_ids), "| as role and text:", len(no_ids))

# %% [markdown]
# Three against five. Everything the second customer said is now in the state twice, will be paid for in
# tokens on every turn, and nothing raised. With a checkpointer, **send only what is new**.

# %% [markdown]
# ## Two writers and no reducer poison the thread
#
# The shop asks two suppliers for a new kettle, at the same time:


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


def fan_out(state_type, saver):
    graph = StateGraph(state_type).add_node(north).add_node(south)
    return graph.add_edge(START, "north").add_edge(START, "south").compile(checkpointer=saver)


# %%
quotes_db = sqlite3.connect("quotes.db", check_same_thread=False)
broken = fan_out(Quotes, SqliteSaver(quotes_db))
draw(broken)

# %% [markdown]
# Both nodes are due in the same super-step, and both write `quotes`, where the last write wins. Which
# of them is last?

# %%
from langgraph.errors import InvalidUpdateError


def outcome(label, run):
    try:
        print(f"{label:<14} {run()}")
    except InvalidUpdateError as problem:
        print(f"{label:<14} InvalidUpdateError: {str(problem).split('.')[0]}")


outcome("first run", lambda: broken.invoke({"item": "kettle"}, thread("q")))

# %% [markdown]
# Neither: LangGraph refuses to choose. Fair enough. The error looks like one to catch and to retry.
#
# > **Predict.** Which of these three get through: running on, sending something new, or only *reading*
# > the thread? And how often will the suppliers have been asked?

# %%
outcome("run on", lambda: broken.invoke(None, thread("q")))
outcome("only read", lambda: broken.get_state(thread("q")))
print("asked so far: ", sorted(asked))
outcome("new input", lambda: broken.invoke({"item": "kettle"}, thread("q")))
print("asked so far: ", sorted(asked))

# %% [markdown]
# Not one of them. You can't even look at the thread, and new input asked both suppliers again. What a
# node returns is saved in `writes` *before* it is merged, so that a crash in one node does not cost the
# work of its neighbours. (A *channel* is LangGraph's word for a key of the state.)

# %%
query = "select checkpoint_id, task_path, channel from writes where channel = 'quotes' order by 1, 2"
numbers = {}
for checkpoint_id, path, channel in quotes_db.execute(query):
    number = numbers.setdefault(checkpoint_id, len(numbers) + 1)
    print(f"pending on checkpoint {number}: {path.split(', ')[1]} wrote {channel}")
print("history, by step:", [s.metadata["step"] for s in broken.get_state_history(thread("q"))])

# %% [markdown]
# Whoever loads such a checkpoint as the latest one, even just to read it, has these rows merged first,
# and meets the same refusal. (The history shows each checkpoint as it was saved, unmerged, so it stays
# readable.) New input leaves those rows behind, so both nodes run again, write the same key again, and
# leave two such rows on a newer checkpoint. What is missing is the rule for merging, so the cure is to
# deploy one.
#
# > **Predict.** With a reducer in the state's type, what does the poisoned thread hold? Are the
# > suppliers asked a third time?


# %%
class Summed(TypedDict):
    item: str
    quotes: Annotated[list[str], operator.add]


mended = fan_out(Summed, SqliteSaver(quotes_db))
outcome("run on", lambda: mended.invoke(None, thread("q")))
print("asked so far: ", sorted(asked))
print("history:      ", [s.metadata["step"] for s in mended.get_state_history(thread("q"))])

# %% [markdown]
# The rows that poisoned the thread were the answers themselves. Nobody is asked again.

# %% [markdown]
# ## What a node returns is saved; what it changes in place may not be
#
# A gift is put into a cart, and the next node counts. Look at `add_gift`: it appends to the list it was
# given, and returns nothing.


# %%
class Cart(TypedDict):
    items: list[str]
    count: int


def add_gift(state):
    state["items"].append("gift")
    return {}


def count(state):
    return {"count": len(state["items"])}


def cart(saver, add_gift=add_gift):
    graph = StateGraph(Cart).add_node("add_gift", add_gift).add_node("count", count)
    return graph.add_edge(START, "add_gift").add_edge("add_gift", "count").compile(checkpointer=saver)


# %% [markdown]
# > **Predict.** What does the run return, and what does the thread hold afterwards? Does it depend on
# > the saver?


# %%
def compare(**nodes):
    on_disk = SqliteSaver(sqlite3.connect(":memory:", check_same_thread=False))
    for saver in (InMemorySaver(), on_disk):
        graph = cart(saver, **nodes)
        returned = graph.invoke({"items": ["kettle"]}, thread("c"))
        saved = list(saver.list(thread("c")))
        wrote = [c.metadata["step"] for c in saved if "items" in c.checkpoint["updated_channels"]]
        print(type(saver).__name__, "| steps that wrote items:", sorted(wrote))
        print("    returned ", returned)
        print("    persisted", graph.get_state(thread("c")).values)


compare()

# %% [markdown]
# The run returns two items under both. One saver then holds `['kettle']` with a count of 2.
#
# A node is handed the live list, so the next node sees the change. But LangGraph was not told: by its
# books `items` was written in step 0, as input, and never since. `InMemorySaver` stores a key again only
# when it was written, and so keeps the old list. `SqliteSaver` stores all keys at each step and takes the
# change along, by accident. Your test passes on one saver and your customers are on the other. Build a
# new list, and return it.


# %%
def add_gift_properly(state):
    return {"items": [*state["items"], "gift"]}


compare(add_gift=add_gift_properly)

# %% [markdown]
# ## Fifty users are fifty threads
#
# A support desk has one saver for all. Here it also has one thread for all, named after the desk.
#
# > **Predict.** Mara, Ben and Ida each give their order. Then Mara asks which one was hers.

# %%
orders = {"mara": 4711, "ben": 42, "ida": 17}
everyone = InMemorySaver()
desks = build(everyone)

for order in orders.values():
    say(desks, f"It is order {order}.", thread("support"))
print("one thread:  ", say(desks, "Which order was it?", thread("support")))

for user, order in orders.items():
    say(desks, f"It is order {order}.", thread(f"{user}-1", user=user))
print("own threads: ", say(desks, "Which order was it?", thread("mara-1", user="mara")))

# %% [markdown]
# On the shared thread Mara is told another customer's order.
#
# A user may have several threads, and a saver has no list of threads, let alone of users. But note the
# `user=user` above. LangGraph copies the strings, numbers and booleans next to `thread_id` into the
# metadata of every checkpoint, and savers can filter by that:

# %%
say(desks, "Something else.", thread("ben-2", user="ben", vip=True, basket=["kettle"]))

found = everyone.list(None, filter={"user": "ben"})
print("Ben's threads:", sorted({c.config["configurable"]["thread_id"] for c in found}))
print("stored with each:", desks.get_state(thread("ben-2")).metadata)

# %% [markdown]
# So a token in `configurable` is on disk, in clear, once for each checkpoint. Put it into `context=`
# instead, typed by `StateGraph(…, context_schema=…)`: nodes read `runtime.context`, and nothing of it is
# saved. Pass it again when you resume.

# %% [markdown]
# ## One thread carries one run at a time, and nobody sees to it
#
# Mara is impatient and presses Send five times. Five runs start on one thread, and what happens next
# depends on the moment. So we force an unlucky one: a saver whose readers wait until all five have read,
# and then go on one after the other, a quarter of a second apart. Nothing is ever written at the same
# time as anything else.

# %%
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

all_five = Barrier(5, timeout=20)


class UnluckySaver(SqliteSaver):
    def get_tuple(self, config):
        found = super().get_tuple(config)
        time.sleep(all_five.wait() / 4)  # its place among the five, so 0 to 1 second
        return found


clicks = sqlite3.connect("clicks.db", check_same_thread=False)
calm = build(SqliteSaver(clicks))
print(say(calm, "My kettle arrived broken. It is order 4711.", thread("mara")))

# %% [markdown]
# > **Predict.** The thread holds two messages. Five runs add a message and a reply each. How many are
# > there in the end, and how many of the five callers get an error?

# %%
unlucky = build(UnluckySaver(sqlite3.connect("clicks.db", check_same_thread=False)))
with ThreadPoolExecutor(5) as pool:
    runs = [pool.submit(say, unlucky, "Any news?", thread("mara")) for _ in range(5)]
    for run in runs:
        print("a caller got:", run.result())

print("messages on the thread:", len(calm.get_state(thread("mara")).values["messages"]))

# %% [markdown]
# Four, where there should be twelve. All five callers got an answer that sounds right. A thread has no
# lock: every run began with the same two messages and went its own way from there. You know the shape:

# %%
timeline(calm, thread("mara"))

# %% [markdown]
# Five branches from one checkpoint. The latest of them is the thread; the other four are on disk and on
# no path that anyone will follow. Nothing is deleted and everything is lost.
#
# The writes never collided, so a database that locks them doesn't help. What has to happen one at a time is
# the *whole run*, and a lock inside a node comes too late. In `serve_fifty_users` you build the right one.

# %% [markdown]
# ## What to remember
#
# 1. The saver remembers, by `thread_id`; the graph is code. An unknown thread is empty and raises nothing.
# 2. Each super-step ends with a checkpoint of the whole state, its `next` and its parent; input adds two.
# 3. The thread is at its greatest checkpoint id, by the clock that made it. Steps repeat; ids don't.
# 4. Nodes return updates and reducers merge them. What is changed in place is saved only by accident.
# 5. One run at a time on a thread, and it is you who sees to that.
#
# ## The mistakes of this lesson
#
# | what it looked like | what it was |
# |---|---|
# | after a restart, a polite question | `InMemorySaver`, `:memory:`, or a thread id made at start |
# | `ProgrammingError` on the first run | `check_same_thread` left on, or a saver used after its `with` |
# | everything said twice | the whole state sent back as input |
# | `InvalidUpdateError`, and a thread that cannot even be read | two writers in one step, no reducer |
# | a count of 2 beside a list of 1 | state changed in place, not returned |
# | somebody else's order | one thread for all users, or a `thread_id` of `None` |
# | a reply that was saved, and then unknown | two machines with two clocks |
# | four messages of twelve | several runs on one thread at once |
#
# ## From here
#
# - [The exercises](exercises.ipynb) of this module: a warm-up, five to build, with `check()` to tell you at
#   once, and one to explain in your own words.
# - Next module: [failure, retry, resume](../02_robust/lesson.ipynb): what to do when a node fails, hangs, or
#   dies half-way.
# - LangGraph's own page on [persistence](https://docs.langchain.com/oss/python/langgraph/persistence).
#
# To have a real model as the clerk, start Jupyter with `COURSE_MODEL=provider:name` in the environment
# and run the lesson again. Its words will differ from these; what is saved, lost and found will not.
