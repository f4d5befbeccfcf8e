# %% [markdown]
# # What is stored
#
# A shop works through its parcels at night: load the orders, price them, pack them, ship them. That's
# four nodes in a row with a `SqliteSaver`, and a note in the manual: *it has checkpoints, so you can stop
# it at any time*.
#
# Two things go wrong tonight. A backup keeps the disk busy for two seconds, just when step 1 has to be
# written. And while `pack` runs, somebody deploys, so the process gets a SIGTERM. Each node writes a line
# into `ledger.txt` when it begins, so you can count afterwards what was done.

# %%
import os
import tempfile

os.chdir(tempfile.mkdtemp())

# %%
import sqlite3
from pathlib import Path

from langgraph.checkpoint.sqlite import SqliteSaver

from course.stage.night import THREAD as night, build, play

print("exit status:", play(("async", "SIGTERM", "night.db")))
print("begun:", Path("ledger.txt").read_text().split())

# %% [markdown]
# In the morning the new version finds the thread unfinished, and continues it with `None`.
#
# > **Predict.** The process died in the third node. Which nodes will be in the ledger twice?

# %%
db = sqlite3.connect("night.db", check_same_thread=False)
db.execute("vacuum into 'wreck.db'")  # kept as it was found

print(build(SqliteSaver(db)).invoke(None, night))
print("the ledger:", Path("ledger.txt").read_text().split())

# %% [markdown]
# The result is right, but the orders were priced twice. `price` had finished long before the kill. If it
# had been a payment, the customer would have paid twice, to a graph that *has checkpoints*.
#
# So what does a saver write, when, and in what form?

# %% [markdown]
# ## A checkpoint is one row, and a node's result is another
#
# SqliteSaver has two tables. `checkpoints` has one row for each state between two steps. `writes` has one
# row for each channel that a node wrote to. A channel is a key of the state, or one of LangGraph's own.
# Each write names the checkpoint that its node started from.
#
# ```mermaid
# flowchart LR
#     accTitle: The two tables of SqliteSaver and their keys
#     accDescr: A write's key is that of the checkpoint its node began from, and the task and a number
#     c["checkpoints<br>key: thread_id, checkpoint_ns, checkpoint_id<br>the whole state, step, parent"]
#     w["writes<br>key: the same three, task_id, idx<br>a channel, and what a node returned"]
#     w -- "checkpoint_id: where the node began" --> c
# ```
#
# Here are the rows of the wreck. `load` and `price` had finished.

# %%
import json

wreck = sqlite3.connect("wreck.db", check_same_thread=False)
step_of = {}
rows = "select checkpoint_id, metadata from checkpoints order by 1"
for id, metadata in wreck.execute(rows):
    step_of[id] = json.loads(metadata)["step"]
    print("checkpoint of step", step_of[id])

rows = "select checkpoint_id, task_path, channel from writes order by 1"
for id, path, channel in wreck.execute(rows):
    if channel == "done":
        began = step_of.get(id, "(no such row)")
        print(f"{path.split(', ')[1]:<9} wrote 'done', from step {began}")

# %% [markdown]
# There are two checkpoints and three results. LangGraph saves a node's result at once. Checkpoints wait
# in a queue, and the queue was stuck behind step 1. So `load`'s result belongs to the checkpoint of step
# 0, and was used. `price`'s result belongs to a checkpoint that was never written. It's safe on disk, and
# nothing will ever read it.
#
# A result that belongs to the newest checkpoint is called a **pending write**. It puts a thread into a
# state that's easy to misread. Nobody has resumed the wreck yet.
#
# > **Predict.** What is `next` there: `load`, `price`, or nothing?

# %%
left = build(SqliteSaver(wreck)).get_state(night)
print("values:", left.values)
print("next:  ", left.next)
print("tasks: ", [(task.name, task.result) for task in left.tasks])

# %% [markdown]
# Nothing is next, although the night has hardly begun. `next` lists the nodes that still have to *run*.
# `load` doesn't, because its result is there. The checkpoint that says who comes next is
# missing. Such a thread is **half-committed**, and `tasks` shows it: a finished thread has none.
#
# **Decide.** To find out whether a thread is finished, ask `tasks or next`, never `next` alone.

# %% [markdown]
# ## The state is one blob, with a version for every channel
#
# The column `checkpoint` contains the state as MessagePack. The saver's *serializer* (`serde`) reads it,
# and needs no graph for that.

# %%
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

serde = JsonPlusSerializer()


def newest(db, thread_id):
    query = """select type, checkpoint from checkpoints
               where thread_id = ? order by checkpoint_id desc"""
    return serde.loads_typed(db.execute(query, (thread_id,)).fetchone())


checkpoint = newest(wreck, "night")
print("values:", checkpoint["channel_values"])
for channel, version in sorted(checkpoint["channel_versions"].items()):
    print(f"{channel:<15} version {int(version.split('.')[0])}")

# %% [markdown]
# `branch:to:load` is how a checkpoint says where the run is: a channel, named after the node that's due.
# That name is data now, which will matter later. Each channel also has a version, which grows with every
# write. Unless `Send` starts it, a node is due when its channel has a newer version than the one it's
# seen (`versions_seen`).
#
# **Decide.** Read blobs when you investigate an incident, and only on a copy of the file. In a service,
# use `get_state`, because a blob's layout changes with LangGraph's versions.

# %% [markdown]
# ## Errors, questions and answers are rows of `writes`
#
# *Further: on the core path, run these cells and read only what **Decide** says.*
#
# A model calls the tool `refund`. The tool asks a human, gets the answer `True`, and then the bank fails.

# %%
from langchain_core.messages import AIMessage
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode
from langgraph.types import Command, interrupt


def refund(cents: int) -> str:
    """Refund an amount, once a human has agreed."""
    interrupt(f"Refund {cents}?")
    raise ConnectionError("the bank doesn't answer")


def model(state: MessagesState):
    call = {"name": "refund", "args": {"cents": 4900}, "id": "call-1"}
    return {"messages": [AIMessage("", tool_calls=[call])]}


tools = ToolNode([refund])
steps = [("model", model), ("tools", tools)]
builder = StateGraph(MessagesState).add_sequence(steps)
builder.add_edge(START, "model")
refunds = sqlite3.connect("refunds.db", check_same_thread=False)
agent = builder.compile(checkpointer=SqliteSaver(refunds))

# %% [markdown]
# What's left of the question, of the answer, and of the exception?

# %%
from course.stage import tried

r1 = {"configurable": {"thread_id": "r1"}}
agent.invoke({"messages": [("user", "My kettle is broken.")]}, r1)
print("raised:", tried(agent.invoke, Command(resume=True), r1))

rows = "select idx, channel, type, value from writes where idx < 0"
for idx, channel, kind, value in refunds.execute(rows + " order by 1, 2"):
    value = repr(serde.loads_typed((kind, value))).split(", id=")[0]
    print(f"{idx:>2}  {channel:<13} {value}")
for message in agent.get_state(r1).values["messages"]:
    print(message.type, getattr(message, "tool_calls", ""))

# %% [markdown]
# All three are rows. Special rows have a negative index, one fixed number per kind, so a second answer
# overwrites the first. The answer is there twice: once for the run as a whole, once for the task that
# took it. That's why the tool can be tried again without asking the human again. The exception is only
# text, with no type to catch and no traceback.
#
# Look at the messages, too: the last one is a tool call without a result. If you send it to a
# provider now, with a new user message, you get an error.
#
# **Decide.** After a failure, call `invoke(None, config)`, which runs the tool again and completes the
# pair. Send new input only to threads whose last tool call has its result. And log exceptions yourself,
# because the row isn't enough for a post-mortem.

# %% [markdown]
# ## What each durability mode keeps after an exception, SIGTERM or SIGKILL
#
# When is a checkpoint written? `invoke(..., durability=)` has three modes:
#
# | `durability` | a checkpoint is written … |
# |---|---|
# | `"sync"` | before the next step starts |
# | `"async"`, the default | while the next steps run |
# | `"exit"` | once, when `invoke` returns or raises |
#
# You test a promise like that by killing. `play` runs the bad night for each mode and ending, each in its
# own process. Then a *new* saver lists the steps that are left.

# %% [markdown]
# > **Predict.** A run that got to step 2 ends in `pack`. Which steps does each of the nine leave? SIGTERM
# > is the polite signal: does it leave more than SIGKILL?

# %%
from itertools import product

endings = ("exception", "SIGTERM", "SIGKILL")
cases = list(product(("sync", "async", "exit"), endings))
play(*((mode, how, f"{mode}-{how}.db") for mode, how in cases))
for mode, how in cases:
    with SqliteSaver.from_conn_string(f"{mode}-{how}.db") as saver:
        left = [found.metadata["step"] for found in saver.list(night)]
    print(f"{mode:<6} {how:<10}", *sorted(left) or ["nothing"])

# %% [markdown]
# - **Exception.** `invoke` raises in an orderly way. It waits until the saver has caught up, and `"exit"`
#   writes its one checkpoint. So a test that raises makes all three modes look safe.
# - **SIGTERM.** Python has no handler for it unless you install one. The process ends in the middle of a
#   line, just as with SIGKILL, and `"exit"` has saved *nothing*, not even the input. (Ctrl-C is an
#   exception in Python.)
# - **Async** lost steps 1 and 2. "You lose one step at most" is a myth. The slower the saver, the more
#   checkpoints are still in the queue.
#
# `python benchmarks/durability.py` plays the same nights on PostgreSQL, with the same result. Even
# `"sync"` only promises *at least once*: if you kill it after a node's effect and before its result is
# saved, that node runs again. Module 02 makes that harmless.
#
# **Decide.** Use `"sync"` when a node touches money or mail. It costs a wait for the disk at every step,
# a few milliseconds here. Keep `"async"` for chat. Use `"exit"` only for runs that you can start again
# from scratch.

# %% [markdown]
# ## Which saver supports async, pruning and several machines
#
# All savers agree in `put` and `get_tuple`, so you can exchange them. They differ in who can call them, and
# in what you can clean up.

# %%
from course.stage import outcome
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver


async def trial(name, saver):
    graph = build(saver)
    invoked = await outcome(graph.invoke, {"done": []}, night)
    awaited = await outcome(graph.ainvoke, {"done": []}, night)
    pruned = await outcome(saver.prune, ["night"])
    print(f"{name:<12} {invoked:<18} {awaited:<19} {pruned}")


print("             invoke             ainvoke             prune")
memory_db = sqlite3.connect(":memory:", check_same_thread=False)
await trial("memory", InMemorySaver())
await trial("SQLite", SqliteSaver(memory_db))
async with AsyncSqliteSaver.from_conn_string(":memory:") as async_saver:
    await trial("async SQLite", async_saver)

# %% [markdown]
# `AsyncSqliteSaver` refuses synchronous calls from its own event loop, where it would wait for itself.
# None of the three can prune. `delete_thread` works in all of them.
#
# `SqliteSaver` also has a lock. This clean-up looks harmless:

# %%
from threading import Thread

saver = SqliteSaver(db)
graph = build(saver)


def tidy():
    for found in saver.list(night):
        graph.get_state(found.config)


worker = Thread(target=tidy, daemon=True)
worker.start()
worker.join(3)
print("still waiting after three seconds:", worker.is_alive())

# %% [markdown]
# It hangs for ever. `list` keeps the saver's lock until its last row, and `get_state` waits for the same
# lock. `delete_thread` in such a loop hangs too. Write `for found in list(saver.list(config))`, which
# reads all rows first.
#
# If another process keeps the file's write lock, each write waits 5 s and fails with `database is locked`.
# By the time `invoke` raises, `"async"` has run every node, and saved nothing.
#
# PostgreSQL is for more than one machine. Give `PostgresSaver` a `ConnectionPool` whose connections have
# `autocommit=True` and `row_factory=dict_row`, and call `saver.setup()` once for each database. Module 04
# shows what happens without `autocommit`.
#
# **Decide.** Choose by the number of machines:
#
# | | use it for | mind |
# |---|---|---|
# | `InMemorySaver` | tests | gone with the process |
# | `SqliteSaver` | one machine | one saver per connection (it has the lock); one writer at a time |
# | `AsyncSqliteSaver` | the same, with `asyncio` | use it inside its `async with` and its loop |
# | `PostgresSaver`, and its async twin | several machines | `setup()`, `autocommit`; only it has `prune` |

# %% [markdown]
# ## The serializer decides what comes back: tuples return as lists
#
# The running graph passes Python objects from node to node. A resumed one passes on what the serializer
# made of them. This graph returns four types, and two other processes read them, one of them with
# `LANGGRAPH_STRICT_MSGPACK=true`.

# %%
# %%writefile parcel.py
from decimal import Decimal
from enum import Enum
from typing import Any, TypedDict

from langgraph.graph import START, StateGraph
from pydantic import BaseModel

Tariff = Enum("Tariff", {"NIGHT": "night"}, module=__name__)


class Label(BaseModel):
    text: str


class Parcel(TypedDict, total=False):
    price: Decimal
    tariff: Tariff
    route: tuple[str, ...]
    label: Any


# %%
# %%writefile -a parcel.py
def weigh(parcel: Parcel) -> Parcel:
    plain = {"price": Decimal("4.90"), "route": ("Oslo", "Rome")}
    return plain | {"tariff": Tariff.NIGHT, "label": Label(text="Fragile")}


def build(saver):
    graph = StateGraph(Parcel).add_node(weigh).add_edge(START, "weigh")
    return graph.compile(checkpointer=saver)


# %%
# %%writefile read_parcel.py
import sqlite3

from langgraph.checkpoint.sqlite import SqliteSaver
from parcel import build

db = sqlite3.connect("parcel.db", check_same_thread=False)
p = {"configurable": {"thread_id": "p"}}
for name, value in build(SqliteSaver(db)).get_state(p).values.items():
    print(f"    {name:<7} {value!r}")

# %% [markdown]
# > **Predict.** `route` is a tuple, and `label` is a pydantic model in a field typed `Any`. What does the
# > strict reader get for each: the same type, an exception, or something else?

# %%
import subprocess
import sys

import parcel

db = sqlite3.connect("parcel.db", check_same_thread=False)
p = {"configurable": {"thread_id": "p"}}
parcel.build(SqliteSaver(db)).invoke({}, p)
read = [sys.executable, "read_parcel.py"]
for strict in ("false", "true"):
    print("strict:", strict)
    env = os.environ | {"LANGGRAPH_STRICT_MSGPACK": strict}
    done = subprocess.run(read, env=env, capture_output=True, text=True)
    print(done.stdout, end="")

# %% [markdown]
# The tuple is a list in both, because MessagePack has only one kind of sequence, and nobody checks the
# annotation. As a dictionary key, a list raises. You'll see it only on the path that's hardly ever
# tested, the one after a crash.
#
# In strict mode the label is a dict, without an exception. So the node fails later, at `label.text`, far
# from here. `Tariff` came through because the state names it: in strict mode, `compile` reads the state's
# annotations and allows the classes that it finds there, nested ones too. `Any` names nothing.
#
# Two kinds of class never come back, in any mode: one defined inside another class, and a dataclass with
# a `field(init=False)`. Without strict mode, *a row of the database chooses what your process imports*,
# and the log says "Deserializing unregistered type … This will be blocked in a future version".
#
# **Decide.** Turn strict mode on, define the state's types at the top of a module, and name them in the
# annotations, or in `JsonPlusSerializer(allowed_msgpack_modules=[("parcel", "Label")])`. Convert tuples
# when you read them. It costs an annotation per type.

# %% [markdown]
# ## `EncryptedSerializer` doesn't hide thread ids or metadata
#
# *Further: on the core path, run these cells and read only what **Decide** says.*
#
# One argument encrypts a saver. We put a canary, a word that can only come from there, into every place
# where a caller may leave something.

# %%
from langgraph.checkpoint.serde.encrypted import EncryptedSerializer


def reply(state: MessagesState):
    return {"messages": [("ai", "canary-reply")]}


def vault(key):
    db = sqlite3.connect("vault.db", check_same_thread=False)
    serde = EncryptedSerializer.from_pycryptodome_aes(key=key)
    saver = SqliteSaver(db, serde=serde)
    builder = StateGraph(MessagesState).add_node(reply)
    return builder.add_edge(START, "reply").compile(checkpointer=saver)


secret = vault(b"0123456789abcdef")
who = {"thread_id": "canary-thread", "email": "canary-email"}
caller = {"configurable": who, "metadata": {"ward": "canary-ward"}}
said = secret.invoke({"messages": [("user", "canary-message")]}, caller)

# %% [markdown]
# > **Predict.** There are five canaries. Which of them can you read in the files, without a key?


# %%
def readable(word):
    files = sorted(Path().glob("vault.db*"))
    found = any(word.encode() in file.read_bytes() for file in files)
    return "READABLE" if found else "encrypted"


for place in ("message", "reply", "thread", "email", "ward"):
    print(f"canary-{place:<8} {readable(f'canary-{place}')}")
print("another key:", tried(vault(b"another key: 16b").get_state, caller))

secret.checkpointer.delete_thread("canary-thread")
rows = secret.checkpointer.conn.execute("select * from checkpoints")
print("deleted:", len(rows.fetchall()), "rows,", readable("canary-thread"))

# %% [markdown]
# The conversation is safe. Its owner isn't: the thread id is a column, and metadata is plain JSON,
# because savers search by both. Names of channels and nodes are columns too. An e-mail address as a
# thread id, or next to it in `configurable`, appears in clear text once per checkpoint.
#
# Deleting doesn't help by itself. Deleted rows stay in the `-wal` file until SQLite restarts it, and in
# free pages until they're used again. On PostgreSQL it's worse: there, channels that hold a plain string,
# number or boolean stay *inside* the checkpoint's JSON, unencrypted.
#
# **Decide.** Encrypt, and use thread ids that mean nothing (a random id, or an HMAC). Keep personal data
# out of `configurable` and `metadata`. Finish an erasure with `pragma wal_checkpoint(truncate)` and
# `vacuum`, and remember the backups. In `encrypt_at_rest` you'll write a saver that does it.

# %% [markdown]
# ## Every step saves the whole state, so growth is quadratic
#
# Take a conversation with messages of 500 characters. You could store less in two ways:
#
# - `durability="exit"` writes one checkpoint a turn instead of three.
# - `DeltaChannel` (beta) keeps no value in a checkpoint. The value is put together from the `writes` of
#   its ancestors, with a full snapshot now and then. Its reducer gets a *list* of writes.

# %%
from functools import reduce
from typing import Annotated, TypedDict

from langchain_core.messages import AnyMessage
from langgraph.channels.delta import DeltaChannel
from langgraph.graph.message import add_messages


def add_all(messages, writes):
    return reduce(add_messages, writes, messages)


class Delta(TypedDict):
    messages: Annotated[list[AnyMessage], DeltaChannel(add_all, 100)]


def bot(state):
    return {"messages": [AIMessage("b" * 500)]}


def chat(state_type, db):
    builder = StateGraph(state_type).add_node(bot).add_edge(START, "bot")
    return builder.compile(checkpointer=SqliteSaver(db))


# %%
WEIGH = """select (select sum(length(checkpoint)) from checkpoints)
                + (select coalesce(sum(length(value)), 0) from writes)"""


def growth(state_type, mode):
    db = sqlite3.connect(":memory:", check_same_thread=False)
    graph, sizes = chat(state_type, db), []
    for _ in range(80):
        said = {"messages": [("user", "u" * 500)]}
        graph.invoke(said, night, durability=mode)
        sizes.append(round(db.execute(WEIGH).fetchone()[0] / 1e6, 1))
    return sizes


# %% [markdown]
# > **Predict.** Eighty turns are 80 kB of text. How many megabytes does each of the three store? And
# > what happens to the size when a conversation gets twice as long?

# %%
from course.stage import plot

curves = {
    "add_messages": growth(MessagesState, "async"),
    'with "exit"': growth(MessagesState, "exit"),
    "DeltaChannel": growth(Delta, "async"),
}
print("after 40 turns, and after 80:")
for name, sizes in curves.items():
    print(f"{name:<14} {sizes[39]:>5} MB, then {sizes[79]:>5} MB")
plot("MB stored", curves)

# %% [markdown]
# With the plain reducer, each checkpoint contains the *whole* list, so twice the turns take four times
# the bytes. `"exit"` writes a third of the checkpoints, which is a third of the same square, and you pay
# for it with the table above. `DeltaChannel` grows almost in a straight line, because it stores each
# message once, and again in a snapshot every hundred updates.
#
# **Decide.** Keep large things in storage of your own, with a key in the state. Use `DeltaChannel` for
# long conversations if you can live with a beta. Otherwise prune. Measure a thread before it becomes a
# problem.

# %% [markdown]
# ## Pruning by hand can empty a thread without an error
#
# *Further: on the core path, run these cells and read only what **Decide** says.*
#
# Nobody needs last month's checkpoints, and SQLite's savers have no `prune`. So people write one that
# keeps the newest checkpoint of each thread.


# %%
def keep_newest(db):
    latest = "select max(checkpoint_id) from checkpoints"
    kept = f"checkpoint_id not in ({latest} group by thread_id)"
    for table in ("writes", "checkpoints"):
        db.execute(f"delete from {table} where {kept}")
    db.commit()


def prune_and_look(name, state_type):
    db = sqlite3.connect(":memory:", check_same_thread=False)
    graph = chat(state_type, db)
    for _ in range(5):
        graph.invoke({"messages": [("user", "hello")]}, night)
    before = len(graph.get_state(night).values["messages"])
    keep_newest(db)
    after = len(graph.get_state(night).values["messages"])
    print(f"{name}: {before} messages before, {after} after")


# %% [markdown]
# > **Predict.** Five turns are ten messages. How many are left after the same prune, with each of the
# > two?

# %%
prune_and_look("add_messages", MessagesState)
prune_and_look("DeltaChannel", Delta)

# %% [markdown]
# A delta checkpoint holds nothing of its own: its messages were in the `writes` of its ancestors, and you
# just deleted those. There's no exception. (PostgreSQL's own `prune` refuses such a thread.)
#
# Does deleting make the file smaller?

# %%
conn = sqlite3.connect("long.db", check_same_thread=False)
long = chat(MessagesState, conn)
for _ in range(40):
    said = {"messages": [("user", "u" * 500)]}
    long.invoke(said, night, durability="exit")


def pages():
    return conn.execute("pragma page_count").fetchone()[0]


full = pages()
long.checkpointer.delete_thread("night")
print(f"after delete_thread: {pages() / full:.0%} of its size")
conn.execute("vacuum")
print("after vacuum:        less than 5%:", pages() < 0.05 * full)

# %% [markdown]
# The file doesn't shrink. SQLite keeps freed pages for reuse.
#
# **Decide.** Use deltas and never delete their rows, or use whole checkpoints and delete all but the
# newest after every turn. Run `vacuum` only if you need the disk space back: it rewrites the file, and
# nobody else can write meanwhile.

# %% [markdown]
# ## Renaming a node or a field breaks threads in flight
#
# Version 1 of a returns desk waits for a decision, and then refunds a kettle. Two threads wait.


# %%
class Return1(TypedDict, total=False):
    item: str
    approved: bool
    refunded: str


def desk(state_type, field, decide, saver):
    def wait(state):
        return {"approved": interrupt("Refund?")}

    def refund(state):
        return {"refunded": state.get(field, "(nothing)")}

    steps = [(decide, wait), ("refund", refund)]
    builder = StateGraph(state_type).add_sequence(steps)
    return builder.add_edge(START, decide).compile(checkpointer=saver)


# %%
db = sqlite3.connect("returns.db", check_same_thread=False)
returns = SqliteSaver(db)
version_1 = desk(Return1, "item", "decide", returns)
mara = {"configurable": {"thread_id": "mara"}}
ben = {"configurable": {"thread_id": "ben"}}
for config in (mara, ben):
    version_1.invoke({"item": "kettle"}, config)

# %% [markdown]
# In version 2, the node has a better name: `approve`. All tests are green, because they start new threads.
#
# > **Predict.** The approval arrives for Mara's thread, which waits at `decide`. What does the call do:
# > raise, refund, or ask again?

# %%
renamed = desk(Return1, "item", "approve", returns)
print("next:   ", renamed.get_state(mara).next)
print("resumed:", renamed.invoke(Command(resume=True), mara))
print("next:   ", renamed.get_state(mara).next)

# %% [markdown]
# None of these. The call returns the old state, as if all were done. Mara gets no refund, and
# `next == ()` says that she's finished. The database has a run's position as a *name*, and a graph that
# doesn't know the name ignores it.
#
# So look before you deploy. The names are in the newest checkpoint of each thread:


# %%
def waiting_nowhere(graph, saver):
    seen = set()
    for found in list(saver.list(None)):  # the newest first
        thread_id = found.config["configurable"]["thread_id"]
        for channel in found.checkpoint["channel_values"]:
            _, due, node = channel.rpartition("branch:to:")
            if due and thread_id not in seen and node not in graph.nodes:
                yield thread_id, node
        seen.add(thread_id)


print("waiting at no node:", list(waiting_nowhere(renamed, returns)))
db.execute("vacuum into 'rehearsal.db'")
copy = sqlite3.connect("rehearsal.db", check_same_thread=False)
rehearsal = desk(Return1, "item", "decide", SqliteSaver(copy))
print("version 1 again:", rehearsal.get_state(mara).next)
print("resumed:", rehearsal.invoke(None, mara))

# %% [markdown]
# Mara's thread is on the list next to Ben's. No node ran, so a version that knows the name finds the
# thread where it was. On a copy, version 1 even refunds without a new answer: the answer had become a row
# of `writes` before LangGraph looked for a node. But nothing tells you that somebody waits.
#
# Now rename a field, and leave the node alone. Version 3 says `product` instead of `item`:


# %%
fields = {"product": str, "approved": bool, "refunded": str}
Return3 = TypedDict("Return3", fields, total=False)
print("before:", newest(db, "ben")["channel_values"].get("item"))
version_3 = desk(Return3, "product", "decide", returns)
print(version_3.invoke(Command(resume=True), ben))
print("after: ", newest(db, "ben")["channel_values"].get("item"))

# %% [markdown]
# A channel that the state doesn't declare isn't read, and the next checkpoint is written without it.
# Nothing raises. (Older checkpoints still have it.) Old threads never run a node that you add before the one
# they wait at.
#
# **Decide.** Treat names of nodes and fields as a database schema. First deploy a version that knows both
# names, then wait until the last old thread is finished, then remove the old name. It costs a second
# deployment. You can rename freely only if no thread outlives one. `migrate_in_flight` is the exercise.

# %% [markdown]
# ## Copying the `.db` file is not a backup
#
# The nightly backup copies `returns.db` while the desk has it open.

# %%
import shutil


def count(path):
    query = "select count(*) from checkpoints"
    return sqlite3.connect(path).execute(query).fetchone()[0]


shutil.copy("returns.db", "copied.db")
print("files: ", sorted(path.name for path in Path().glob("returns.db*")))
print("live:  ", count("returns.db"))
print("copied:", tried(count, "copied.db"))
with sqlite3.connect("backup.db") as target:
    db.backup(target)
print("backup:", count("backup.db"))

# %% [markdown]
# `SqliteSaver` puts its database into WAL mode. A commit goes into `returns.db-wal` first, and moves into
# the database some time later. Here nothing had moved yet, so the error is loud. On a busy day most of it
# has moved: then the copy opens, and the last hours are missing. Copying both files isn't enough either,
# because you read them at two moments.
#
# **Decide.** Let SQLite make the backup, with `Connection.backup` or `VACUUM INTO`. Both see one moment
# while others write. It costs the time to read the file once. Then open every backup and count.

# %% [markdown]
# ## A saver that is "FULL" in the conformance suite can still be wrong
#
# *Further: on the core path, run these cells and read only what **Decide** says.*
#
# If none of these savers fits, you write one. LangGraph has a conformance suite for that, which ends with
# a level. Here are two savers for it. One implements nothing. The other has a terrible bug: for a thread
# that it doesn't know, it returns somebody else's.

# %%
from course.stage import conformance
from langgraph.checkpoint.base import BaseCheckpointSaver


Nothing = type("Nothing", (BaseCheckpointSaver,), {})


class Leaky(InMemorySaver):
    def get_tuple(self, config):
        found = super().get_tuple(config)
        if found is None and self.storage:
            other = {"thread_id": next(iter(self.storage))}
            found = super().get_tuple({"configurable": other})
        return found


for saver_class in (InMemorySaver, Nothing, Leaky):
    print(f"{saver_class.__name__:<14}", await conformance(saver_class))

leaky = build(Leaky())
leaky.invoke({"done": []}, mara)
print("Ben, who is new, sees:", leaky.get_state(ben).values)

# %% [markdown]
# All three are `FULL`. The suite skips methods that you didn't override, so nothing fails. It has no test
# for the leak, and it only calls the async methods, so it can't see a broken `put`.
#
# **Decide.** Use an official saver unless you can't. If you write one, ask for `passed_all_base()`, and
# write your own tests for what your customers would notice: two threads, a kill, a deletion.

# %% [markdown]
# ## What to remember
#
# 1. A checkpoint is one row, and a node's result is another. If `next` is empty and `tasks` isn't, the
#    thread is half-committed, not finished.
# 2. SIGTERM is as hard as SIGKILL: `"exit"` keeps nothing, `"async"` keeps what the saver had time for,
#    and `"sync"` keeps all but the running node.
# 3. The serializer decides what comes back. Tuples return as lists, types that nobody named as plain
#    data, and ids and metadata aren't encrypted.
# 4. Storage grows with the square of a conversation. Prune whole checkpoints, never deltas. `vacuum`
#    returns the disk space.
# 5. Names of nodes and fields are a schema in the database. Nothing raises when they no longer match.
#
# ## The mistakes of this lesson
#
# | what it looked like | what it was |
# |---|---|
# | orders priced twice after a deployment | the default durability, `"async"`, and a slow disk |
# | `next == ()`, and half the work missing | half-committed, or a node that was renamed |
# | a clean-up that hangs for ever | `get_state` or `delete_thread` inside `for … in saver.list(…)` |
# | `'dict' object has no attribute 'text'` after a restart | strict mode, and a field typed `Any` |
# | an e-mail address in an encrypted database | `configurable`, metadata, thread ids aren't encrypted |
# | a conversation that's suddenly empty | rows pruned under a `DeltaChannel` |
#
# ## From here
#
# - [The exercises](exercises.ipynb) of this module: a warm-up, seven to build, and one to explain in your own
#   words.
# - Next module: [debugging backwards](../06_time_travel/lesson.ipynb): history, replay, and forks.
# - LangGraph's own page on [persistence](https://docs.langchain.com/oss/python/langgraph/persistence).
