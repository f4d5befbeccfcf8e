# %% [markdown]
# # What is stored
#
# A shop works through its parcels at night: load the orders, price them, pack them, ship them. Four nodes
# in a row, a `SqliteSaver` below, and a note in the manual: *it has checkpoints, so it can be stopped at
# any time*.
#
# Here is that graph. Each node writes a line into `ledger.txt` when it begins, so that we can count
# afterwards what was done. Everything runs offline, in a new and empty folder.

# %%
import os
import tempfile

os.chdir(tempfile.mkdtemp())

# %%
# %%writefile night.py
import operator
from pathlib import Path
from typing import Annotated, TypedDict

from langgraph.graph import START, StateGraph


class Night(TypedDict):
    done: Annotated[list[str], operator.add]


def build(saver, ledger="ledger.txt", in_pack=lambda: None):
    def work(name):
        def node(state: Night):
            with Path(ledger).open("a") as lines:
                print(name, file=lines)
            if name == "pack":
                in_pack()
            return {"done": [name]}

        return name, node

    steps = [work(name) for name in ("load", "price", "pack", "ship")]
    return StateGraph(Night).add_sequence(steps).add_edge(START, "load").compile(checkpointer=saver)


# %% [markdown]
# Two things go wrong in this night. The disk is busy with a backup when step 1 is to be written, and
# takes two seconds for it. And while `pack` runs, somebody deploys: the process gets a SIGTERM. `end` is
# what happens in `pack`. It waits until the disk is known to be busy, so that the night goes wrong the
# same way each time.

# %%
# %%writefile bad_night.py
import os
import signal
import time
from threading import Event

disk_is_busy = Event()


class BusyDisk:
    """Put before any saver, it makes the saver slow at step 1."""

    def put(self, config, checkpoint, metadata, new_versions):
        if metadata["step"] == 1:
            disk_is_busy.set()
            time.sleep(2)
        return super().put(config, checkpoint, metadata, new_versions)


def end(how, durability):
    if durability == "async":
        disk_is_busy.wait()
    time.sleep(0.5)
    if how == "exception":
        raise RuntimeError("the printer is out of paper")
    os.kill(os.getpid(), signal.Signals[how])


# %%
# %%writefile tonight.py
import sqlite3

from langgraph.checkpoint.sqlite import SqliteSaver

from bad_night import BusyDisk, end
from night import build


class BusySqlite(BusyDisk, SqliteSaver):
    pass


saver = BusySqlite(sqlite3.connect("night.db", check_same_thread=False))
graph = build(saver, in_pack=lambda: end("SIGTERM", "async"))
graph.invoke({"done": []}, {"configurable": {"thread_id": "night"}})

# %% [markdown]
# The new version starts in the morning, finds the thread unfinished, and goes on with `None`, as module
# 01 did.
#
# > **Predict.** The process was ended in the third node. Which nodes are in the ledger twice?

# %%
import sqlite3
import subprocess
import sys
from pathlib import Path

from langgraph.checkpoint.sqlite import SqliteSaver

from night import build

print("exit status:", subprocess.run([sys.executable, "tonight.py"]).returncode)
print("begun by then:", Path("ledger.txt").read_text().split())

db = sqlite3.connect("night.db", check_same_thread=False)
db.execute("vacuum into 'wreck.db'")  # kept as it was found, to look into

graph = build(SqliteSaver(db))
night = {"configurable": {"thread_id": "night"}}
print(graph.invoke(None, night))
print("the ledger:   ", Path("ledger.txt").read_text().split())

# %% [markdown]
# The result is right, and the orders were priced twice. `price` had ended, long before. Had it been a
# payment, it would have been paid twice, by a graph that *has checkpoints*.
#
# So: **what** does a saver write, **when**, in what **form**, and how do you keep it small, secret,
# readable by the next version, and safe? The wreck of this night tells the first part.

# %% [markdown]
# ## A checkpoint is one row, and what a node returned is another
#
# Two tables. `checkpoints` has a row for each state between two steps. `writes` has a row for each
# channel (each key of the state, and some of LangGraph's own) that a node wrote, and names the checkpoint
# that the node had started from.
#
# > **Predict.** `load` and `price` had ended. Which steps are in `checkpoints`, and whose results in
# > `writes`?

# %%
import json

wreck = sqlite3.connect("wreck.db", check_same_thread=False)
step_of = {}
for id, metadata in wreck.execute("select checkpoint_id, metadata from checkpoints order by 1"):
    step_of[id] = json.loads(metadata)["step"]
    print("checkpoint of step", step_of[id])

rows = "select checkpoint_id, task_path, channel from writes where channel = 'done' order by 1"
for id, path, channel in wreck.execute(rows):
    print(f"{path.split(', ')[1]:<9} wrote {channel!r}, from step {step_of.get(id, '(no such row)')}")

# %% [markdown]
# There are two checkpoints and three results. The results of nodes are saved one by one, at once and past
# the queue; checkpoints are saved in order, and the queue stood behind step 1. So `load`'s result hangs
# on the checkpoint of step 0 and was used. `price`'s hangs on a checkpoint that was never written: it is
# safe on disk, and nothing will ever read it.
#
# ```mermaid
# flowchart LR
#     accTitle: What lay on disk after the bad night
#     accDescr: Steps -1 and 0 are saved, step 1 is not. load hangs on 0, price on the missing 1
#     a["step -1<br>saved"] --> b["step 0<br>saved"] --> c["step 1<br>never saved"]
#     w1(["load wrote 'done'"]) -. "hangs on" .-> b
#     w2(["price wrote 'done'"]) -. "hangs on" .-> c
# ```
#
# A result that hangs on the latest checkpoint is a **pending write**. It gives a thread a state that
# looks like something else.
#
# > **Predict.** Nobody has resumed the wreck. What is `next` there: `load`, `price`, or nothing?

# %%
left = build(SqliteSaver(wreck)).get_state(night)
print("values:", left.values)
print("next:  ", left.next)
print("tasks: ", [(task.name, task.result) for task in left.tasks])

# %% [markdown]
# Nothing is next, and the night has hardly begun. `next` lists the nodes that still have to *run*. `load`
# need not, for its result is there; what is missing is the checkpoint that would say who comes after it.
# This thread is **half-committed**. `tasks` shows it: a finished thread has none. Ask `tasks or next`,
# never `next` alone.

# %% [markdown]
# ## In the blob: values, versions, and who has seen which
#
# The state itself is in the column `checkpoint`, as MessagePack. The saver's *serialiser* (`serde`) reads
# it, and needs no graph for that.

# %%
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

serde = JsonPlusSerializer()


def newest(connection, thread_id):
    query = "select type, checkpoint from checkpoints where thread_id = ? order by checkpoint_id desc"
    return serde.loads_typed(connection.execute(query, (thread_id,)).fetchone())


checkpoint = newest(wreck, "night")
print(sorted(checkpoint))
print("values:", checkpoint["channel_values"])

# %% [markdown]
# `branch:to:load` is how a checkpoint says where the run stands: a channel, named after the node that is
# due. That name is data now. Hold that thought until the end of the lesson.
#
# Each channel has a version, which grows with each write; `versions_seen` notes the versions that a node
# started from. A node is due when a channel that triggers it is newer than what it has seen.

# %%
for channel, version in sorted(checkpoint["channel_versions"].items()):
    print(f"{channel:<15} version {int(version.split('.')[0])}")
print("seen by load:", checkpoint["versions_seen"].get("load", "nothing yet"))

# %% [markdown]
# That comparison is the whole scheduler. No file says "we are at line 12 of the program": there are
# values, counters, and names of nodes.

# %% [markdown]
# ## Failures, questions and answers are rows of `writes`
#
# A node that raises, a node that asks (`interrupt`), and the answer all have to outlive the process too.

# %%
from typing import TypedDict

from langgraph.graph import START, StateGraph
from langgraph.types import Command, interrupt


class Refund(TypedDict, total=False):
    cents: int
    approved: bool


def ask(state: Refund):
    interrupt(f"Refund {state['cents']}?")
    raise ConnectionError("the bank does not answer")


refunds = sqlite3.connect("refunds.db", check_same_thread=False)
refund = StateGraph(Refund).add_node(ask).add_edge(START, "ask").compile(checkpointer=SqliteSaver(refunds))
r1 = {"configurable": {"thread_id": "r1"}}

# %% [markdown]
# > **Predict.** A node asks, gets the answer `True`, and then fails. What is left of the question, of the
# > answer, and of the exception?

# %%
refund.invoke({"cents": 4900}, r1)
try:
    refund.invoke(Command(resume=True), r1)
except ConnectionError as problem:
    print("raised:", problem)

rows = "select idx, channel, type, value from writes where idx < 0 order by idx desc, task_id"
for idx, channel, kind, value in refunds.execute(rows):
    print(f"{idx:>2}  {channel:<13} {serde.loads_typed((kind, value))!r}".split(", id=")[0])

# %% [markdown]
# All of it. Special rows have a negative index, one fixed number a kind, so a second answer takes the
# place of the first. The answer stands there twice: for the run as a whole, and for the task that took
# it. Because of these rows the node can be tried again without asking the human again. The exception is
# there as text only: no type to catch, no traceback. What you need for the post-mortem, log yourself.

# %% [markdown]
# ## Three durabilities, three ways to die
#
# When is a checkpoint written? `invoke(..., durability=)` has three answers, and here is what they
# promise:
#
# | `durability` | a checkpoint is written … |
# |---|---|
# | `"sync"` | before the next step starts |
# | `"async"`, the default | while the next steps run |
# | `"exit"` | once, when `invoke` is left |
#
# A promise is tested by killing. The next script plays the bad night for each saver, durability and
# ending, each in a process of its own, and then asks a *new* saver which steps are left.

# %%
# %%writefile dying.py
import sqlite3
from itertools import product
from multiprocessing import get_context

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver

from bad_night import BusyDisk, end
from night import build

memory = type("BusyMemory", (BusyDisk, InMemorySaver), {})
sqlite = type("BusySqlite", (BusyDisk, SqliteSaver), {})
savers = {
    "memory": lambda db: memory(),
    "SQLite": lambda db: sqlite(sqlite3.connect(db, check_same_thread=False)),
}
thread = {"configurable": {"thread_id": "night"}}


def run(saver, durability, how):
    graph = build(savers[saver](f"{durability}-{how}.db"), in_pack=lambda: end(how, durability))
    graph.invoke({"done": []}, thread, durability=durability)


# %%
# %%writefile -a dying.py
cases = list(product(savers, ("sync", "async", "exit"), ("exception", "SIGTERM", "SIGKILL")))
processes = [get_context("fork").Process(target=run, args=case) for case in cases]
for process in processes:
    process.start()
for process in processes:
    process.join()

for saver, durability, how in cases:
    left = savers[saver](f"{durability}-{how}.db").list(thread)
    steps = [found.metadata["step"] for found in left]
    print(saver, durability, how, " ".join(map(str, sorted(steps))) or "nothing", sep=",")

# %% [markdown]
# > **Predict.** Fill in the nine cells for SQLite: a run that got to step 2 ends in `pack`, by an
# > exception, by SIGTERM or by SIGKILL. SIGTERM is the polite one. Does it leave more than SIGKILL?

# %%
from IPython.display import Markdown

done = subprocess.run([sys.executable, "dying.py"], capture_output=True, text=True)
fates = {}
for line in done.stdout.splitlines():
    saver, durability, how, steps = line.split(",")
    fates[saver, durability, how] = steps

ways = ("exception", "SIGTERM", "SIGKILL")
table = [f"| saver | durability | {' | '.join(ways)} |", "|---|---|---|---|---|"]
for saver in ("memory", "SQLite"):
    for durability in ("sync", "async", "exit"):
        cells = " | ".join(fates[saver, durability, how] for how in ways)
        table.append(f"| {saver} | {durability} | {cells} |")
Markdown("\n".join(table))

# %% [markdown]
# Read it by column.
#
# - **Exception.** `invoke` is left in order. It waits until the saver has caught up, and `"exit"` writes
#   its one checkpoint. So a test with `raise` in it makes all three modes look safe.
# - **SIGTERM.** Python has no handler for it unless you install one. The process ends in the middle of a
#   line, as with SIGKILL: `"exit"` has saved *nothing*, not even the input. (Ctrl-C is an exception in
#   Python, and belongs to the first column.)
# - **Async** lost steps 1 and 2 here. "At most the last step" is a legend: the queue is as long as the
#   saver is slow.
# - **Memory** is empty in every cell, as seen by the process that comes next.
#
# `python benchmarks/durability.py` of this course plays the same nights on PostgreSQL too, if its extra
# is installed. Its rows are those of SQLite: durability is decided in front of the saver, not in it.
#
# What does `"sync"` cost? It waits for the disk after each step, a few milliseconds a step here. That is
# nothing beside a model's second, and much in a loop of a thousand cheap steps. And even `"sync"`
# promises *at least once*: kill it after a node's effect and before its result is saved, and that node
# runs again. Module 02 makes that harmless.

# %% [markdown]
# ## Savers differ at the edges
#
# In the middle, in `put` and `get_tuple`, all savers agree; that is what makes them exchangeable. Who can
# be used from where, and what can be tidied up, differs.
#
# > **Predict.** Which of the three below can serve `ainvoke`? Which can `prune`?

# %%
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver


async def outcome(work):
    try:
        found = work()
        await found if hasattr(found, "__await__") else found
        return "yes"
    except Exception as problem:
        return type(problem).__name__


async def trial(name, saver):
    graph = build(saver)
    print(f"{name:<12} invoke: {await outcome(lambda: graph.invoke({'done': []}, night)):<18}", end=" ")
    print(f"ainvoke: {await outcome(lambda: graph.ainvoke({'done': []}, night)):<19}", end=" ")
    print("prune:", await outcome(lambda: saver.prune(["night"])))


# %%
await trial("memory", InMemorySaver())
await trial("SQLite", SqliteSaver(sqlite3.connect(":memory:", check_same_thread=False)))
async with AsyncSqliteSaver.from_conn_string(":memory:") as async_saver:
    await trial("async SQLite", async_saver)

# %% [markdown]
# `SqliteSaver` is for synchronous programs, and `AsyncSqliteSaver` for asynchronous ones: called
# synchronously from its own event loop it would wait for itself, and refuses. None of the three can
# prune: `prune`, `copy_thread` and `delete_for_runs` are in the base class, and raise there.
# `delete_thread` works in all.
#
# PostgreSQL is for more than one machine. Two of its lines are forgotten by everybody once:
#
# ```python
# from langgraph.checkpoint.postgres import PostgresSaver
# from psycopg.rows import dict_row
# from psycopg_pool import ConnectionPool
#
# options = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
# with ConnectionPool(uri, min_size=1, kwargs=options) as pool:
#     saver = PostgresSaver(pool)
#     saver.setup()  # once for each database; without it, UndefinedTable
#     graph = builder.compile(checkpointer=saver)
# ```
#
# Without `autocommit`, `setup()` fails, since it builds its indexes outside of transactions. A pool
# forgives the rest, for it commits what comes back to it. With a single connection in the pool's place, a
# run succeeds, and when the connection is closed, everything it saved is rolled back. No error.
#
# | | for | mind |
# |---|---|---|
# | `InMemorySaver` | tests | gone with the process |
# | `SqliteSaver` | one machine, threads, processes | one *saver* a connection: the lock is in the saver |
# | `AsyncSqliteSaver` | the same, under `asyncio` | use inside its `async with` and its loop |
# | `PostgresSaver` and its async twin | several machines | `setup()`, `autocommit`; it alone has `prune` |

# %% [markdown]
# ## What comes back is not always what went in
#
# The running graph hands Python objects from node to node. A resumed one hands on what the serialiser
# made of them.
#
# > **Predict.** A node returns the route `("Oslo", "Rome")`. What does the next node get, if the process
# > was not interrupted between the two? And if it was?


# %%
class Trip(TypedDict, total=False):
    route: tuple[str, ...]
    seen: str


def plan(state: Trip):
    return {"route": ("Oslo", "Rome")}


def book(state: Trip):
    return {"seen": type(state["route"]).__name__}


trip = (
    StateGraph(Trip).add_sequence([plan, book]).add_edge(START, "plan").compile(checkpointer=InMemorySaver())
)
at_once, later = ({"configurable": {"thread_id": name}} for name in ("at once", "later"))
print("in one go:", trip.invoke({}, at_once)["seen"])
trip.invoke({}, later, interrupt_before=["book"])
print("resumed:  ", trip.invoke(None, later)["seen"])

# %% [markdown]
# MessagePack has one kind of sequence. The annotation says `tuple`, and nobody checks. As a dictionary
# key, a list raises; in a comparison with a tuple it is just unequal. Worse, the difference shows only on
# the path that is hardly ever tested, the one after a crash.
#
# Other types are written with the name of their class, and built again on loading: enums, dataclasses,
# pydantic models, `Decimal`, `datetime`. Two kinds are not: a class defined inside another one, and a
# dataclass with a `field(init=False)`. They come back as plain data, and a warning in the log is all
# there is. So define the types of your state at the top of a module.
#
# It also means that a *row of the database chooses what your process imports*. Each type that nobody named
# logs "Deserializing unregistered type … This will be blocked in a future version". Name it:
# `JsonPlusSerializer(allowed_msgpack_modules=[("parcel", "Label")])`. Strict mode builds only what is named.

# %%
# %%writefile parcel.py
from decimal import Decimal
from enum import Enum
from typing import Any, TypedDict

from langgraph.graph import START, StateGraph
from pydantic import BaseModel


class Tariff(Enum):
    NIGHT = "night"


class Label(BaseModel):
    text: str


class Parcel(TypedDict, total=False):
    price: Decimal
    tariff: Tariff
    label: Any


# %%
# %%writefile -a parcel.py
def weigh(parcel: Parcel) -> Parcel:
    return {"price": Decimal("4.90"), "tariff": Tariff.NIGHT, "label": Label(text="Fragile")}


def build(saver):
    return StateGraph(Parcel).add_node(weigh).add_edge(START, "weigh").compile(checkpointer=saver)


# %%
# %%writefile read_parcel.py
import sqlite3

from langgraph.checkpoint.sqlite import SqliteSaver

from parcel import build

graph = build(SqliteSaver(sqlite3.connect("parcel.db", check_same_thread=False)))
for name, value in graph.get_state({"configurable": {"thread_id": "p"}}).values.items():
    print(f"    {name:<7} {value!r}")

# %% [markdown]
# One process writes; two others read, one of them with `LANGGRAPH_STRICT_MSGPACK=true`.
#
# > **Predict.** `label` is a pydantic model in a field typed `Any`. What does the strict reader see: the
# > model, an exception, or something else?

# %%
import parcel

conn = sqlite3.connect("parcel.db", check_same_thread=False)
parcel.build(SqliteSaver(conn)).invoke({}, {"configurable": {"thread_id": "p"}})
for strict in ("false", "true"):
    print("strict:", strict)
    env = os.environ | {"LANGGRAPH_STRICT_MSGPACK": strict}
    done = subprocess.run([sys.executable, "read_parcel.py"], env=env, capture_output=True, text=True)
    print(done.stdout, end="")

# %% [markdown]
# A dict, and no exception: the node fails later, at `label.text`, and far from here. `Tariff` came
# through, because the state names it: under strict mode `compile` reads the annotations of the state, and
# lets in the classes it finds there, nested ones too. `Any` names nothing.
#
# At least some things are refused at once, when they are to be saved:

# %%
for thing in (build, object(), 2j, db):
    try:
        serde.dumps_typed(thing)
    except TypeError as problem:
        print(f"{type(thing).__name__:<11} {problem}")

# %% [markdown]
# ## Encrypted is what the serialiser writes, and no more
#
# One argument encrypts a saver. The state is a telephone conversation, and we put a canary (a word that
# can only come from there) into each place where a caller may leave something.

# %%
from langgraph.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph.graph import MessagesState


def reply(state: MessagesState):
    return {"messages": [("ai", "canary-reply")]}


def vault(key):
    saver = SqliteSaver(
        sqlite3.connect("vault.db", check_same_thread=False),
        serde=EncryptedSerializer.from_pycryptodome_aes(key=key),
    )
    return StateGraph(MessagesState).add_node(reply).add_edge(START, "reply").compile(checkpointer=saver)


secret = vault(b"0123456789abcdef")
caller = {
    "configurable": {"thread_id": "canary-thread", "email": "canary-email"},
    "metadata": {"ward": "canary-ward"},
}
said = secret.invoke({"messages": [("user", "canary-message")]}, caller)

# %% [markdown]
# > **Predict.** Five canaries. Which of them can be read in the files, without a key?


# %%
def readable(stem, *words):
    content = b"".join(path.read_bytes() for path in sorted(Path().glob(f"{stem}.db*")))
    return {word: word.encode() in content for word in words}


canaries = [f"canary-{place}" for place in ("message", "reply", "thread", "email", "ward")]
for word, found in readable("vault", *canaries).items():
    print(f"{word:<15} {'READABLE' if found else 'encrypted'}")
try:
    vault(b"another key: 16b").get_state(caller)
except ValueError as problem:
    print("another key:", problem)

# %% [markdown]
# What was *said* is safe. Who said it is not: the thread id is a column, and metadata is plain JSON,
# because savers search by both; names of channels and nodes are columns too. An e-mail address as thread
# id, or beside it in `configurable`, is in clear once for each checkpoint. `encrypt_at_rest` is yours to
# solve.
#
# On PostgreSQL it is worse. There the saver keeps channels that hold a plain string, number or boolean
# *inside* the JSON of the checkpoint, and only the others go through the serialiser. A field `diagnosis:
# str` is readable under `EncryptedSerializer`; the same text in a list is not.
#
# And does deleting help?
#
# > **Predict.** After `delete_thread` no row is left. Is the thread's id still in the files?

# %%
secret.checkpointer.delete_thread("canary-thread")
rows = secret.checkpointer.conn.execute("select count(*) from checkpoints").fetchone()[0]
print("rows:", rows, "| id in the files:", readable("vault", "canary-thread")["canary-thread"])

# %% [markdown]
# Deleted rows stay in the `-wal` file until SQLite starts it anew, and in free pages of the database
# until they are used again. An erasure ends with `pragma wal_checkpoint(truncate)` and `vacuum`, and with
# a thought for the backups.

# %% [markdown]
# ## The whole state, each time: growth is a square
#
# A conversation of messages with 500 characters each. A turn is one of the user's and one of the bot's.
# What does the database weigh after so many turns, and what could be done? Two candidates:
#
# - `durability="exit"`: one checkpoint a turn in place of three.
# - `DeltaChannel` (beta): a checkpoint holds no value for this channel; it is put together from the
#   `writes` of its ancestors, with a full snapshot now and then. Its reducer gets a *list* of writes.

# %%
from functools import reduce
from typing import Annotated

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.channels.delta import DeltaChannel
from langgraph.graph.message import add_messages


def add_all(messages, writes):
    return reduce(add_messages, writes, messages)


class Delta(TypedDict):
    messages: Annotated[list[AnyMessage], DeltaChannel(add_all, snapshot_frequency=100)]


def chat(state_type, connection):
    builder = StateGraph(state_type).add_node("bot", lambda state: {"messages": [AIMessage("b" * 500)]})
    return builder.add_edge(START, "bot").compile(checkpointer=SqliteSaver(connection))


# %%
TURNS = range(0, 101, 20)
weigh = """select (select coalesce(sum(length(checkpoint)), 0) from checkpoints)
                + (select coalesce(sum(length(value)), 0) from writes)"""


def growth(state_type, durability):
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    graph, sizes = chat(state_type, connection), [0.0]
    for turn in range(1, TURNS[-1] + 1):
        graph.invoke({"messages": [HumanMessage("u" * 500)]}, night, durability=durability)
        if turn in TURNS:
            sizes.append(round(connection.execute(weigh).fetchone()[0] / 1e6, 1))
    return sizes


# %% [markdown]
# > **Predict.** A hundred turns are 100 kB of text. How many megabytes are stored by each of the three?
# > And what does twice the length of a conversation do to its size?

# %%
curves = {
    "add_messages": growth(MessagesState, "async"),
    'add_messages, durability="exit"': growth(MessagesState, "exit"),
    "DeltaChannel": growth(Delta, "async"),
}
print(f"{'MB after turns':<32}", *(f"{turn:>5}" for turn in TURNS))
for name, sizes in curves.items():
    print(f"{name:<32}", *(f"{size:>5}" for size in sizes))

# %% [markdown]
# The same as a picture, drawn by two small functions:

# %%
from IPython.display import HTML

STYLES = [("#e8590c", ""), ("#4c8dd6", "9 5"), ("#37a05a", "2 4")]


def curve(row, name, sizes, top):
    colour, dash = STYLES[row]
    line = f'fill="none" stroke="{colour}" stroke-width="3" stroke-dasharray="{dash}"'
    at = zip(TURNS, sizes, strict=True)
    points = " ".join(f"{40 + 5 * turn},{210 - 190 * size / top:.0f}" for turn, size in at)
    y = 30 + 26 * row
    legend = f'<path d="M52 {y - 6}h32" {line}/><text x="92" y="{y}">{name}: {sizes[-1]} MB</text>'
    return f'<polyline points="{points}" {line}/>{legend}'


# %%
def plot(curves):
    top = max(max(sizes) for sizes in curves.values())
    lines = [curve(row, name, sizes, top) for row, (name, sizes) in enumerate(curves.items())]
    ticks = [f'<text x="{40 + 5 * turn}" y="230" text-anchor="middle">{turn}</text>' for turn in TURNS]
    alt = "Stored after 100 turns: " + "; ".join(f"{name} {sizes[-1]} MB" for name, sizes in curves.items())
    return f"""<svg viewBox="0 -14 580 272" role="img" style="width:100%;max-width:42rem" fill="currentColor"
    font-family="sans-serif" font-size="18"><title>{alt.replace('"', "")}</title>
    <path d="M40 12V210H560" fill="none" stroke="currentColor"/>{"".join(ticks)}{"".join(lines)}
    <text x="290" y="252" text-anchor="middle">turns</text><text x="0" y="26">{top:.0f}</text>
    <text x="0" y="6">MB</text></svg>"""


HTML(plot(curves))

# %% [markdown]
# With the plain reducer each checkpoint holds the *whole* list, so twice the turns are four times the
# bytes. `"exit"` writes a third of the checkpoints: a third of the same square, paid for with the table
# above. `DeltaChannel` is another shape, and almost a line: each message is stored once, and again in a
# snapshot each hundred updates.
#
# The square is not about messages. Any large value that never changes, a document, an image, a search
# result, is written again at every step by `SqliteSaver`. Keep a reference to it in the state, and the
# thing itself elsewhere.

# %% [markdown]
# ## Pruning by hand can empty a thread, without a word
#
# Nobody needs last month's checkpoints, and SQLite's savers have no `prune`. So people write one: keep
# the latest checkpoint of each thread, delete the rest. (The threads here have one namespace; with
# subgraphs, group by that too.)


# %%
def keep_latest(connection):
    newest = "select max(checkpoint_id) from checkpoints group by thread_id"
    for table in ("writes", "checkpoints"):
        connection.execute(f"delete from {table} where checkpoint_id not in ({newest})")
    connection.commit()


def prune_and_look(name, state_type):
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    graph = chat(state_type, connection)
    for _ in range(5):
        graph.invoke({"messages": [HumanMessage("u" * 500)]}, night)
    before = len(graph.get_state(night).values["messages"])
    keep_latest(connection)
    print(f"{name}: {before} messages before, {len(graph.get_state(night).values['messages'])} after")


# %% [markdown]
# > **Predict.** Five turns are ten messages. How many are there after the same prune, under each of the
# > two?

# %%
prune_and_look("add_messages", MessagesState)
prune_and_look("DeltaChannel", Delta)

# %% [markdown]
# Where each checkpoint is whole, one is enough. A delta checkpoint holds nothing of its own: its messages
# lay in the `writes` of its ancestors, and those were just deleted. No exception, an empty list, and a
# customer who begins anew. (PostgreSQL's own `prune` refuses such a thread.) So: either delta, and its
# rows are left alone; or whole checkpoints, of which all but the newest may go.
#
# > **Predict.** Of a thread of 40 turns, all is deleted with `delete_thread`. By how much does the file
# > shrink?

# %%
conn = sqlite3.connect("long.db", check_same_thread=False)
long = chat(MessagesState, conn)
for _ in range(40):
    long.invoke({"messages": [HumanMessage("u" * 500)]}, night, durability="exit")


def size_of_file():
    conn.execute("pragma wal_checkpoint(truncate)")
    return Path("long.db").stat().st_size


full = size_of_file()
long.checkpointer.delete_thread("night")
print(f"after delete_thread: {size_of_file() / full:.0%} of its size")
conn.execute("vacuum")
print("after vacuum:        less than 5%:", size_of_file() < 0.05 * full)

# %% [markdown]
# Not at all: SQLite keeps the pages and fills them again. That is fine for a database that is as full
# tomorrow, and `vacuum` is for when it is not. It rewrites the file, and nobody else can write meanwhile.

# %% [markdown]
# ## A new version of the graph meets old threads
#
# Version 1 of a returns desk inspects a kettle, waits for a decision, and refunds. Two threads wait.


# %%
class Return1(TypedDict, total=False):
    item: str
    approved: bool
    refunded: str


def desk(state_type, field, decide, saver):
    def inspect(state):
        return {}

    def wait(state):
        return {"approved": interrupt("Refund?")}

    def refund(state):
        return {"refunded": state.get(field, "(nothing)")}

    steps = [("inspect", inspect), (decide, wait), ("refund", refund)]
    return StateGraph(state_type).add_sequence(steps).add_edge(START, "inspect").compile(checkpointer=saver)


returns = SqliteSaver(sqlite3.connect("returns.db", check_same_thread=False))
mara, ben = ({"configurable": {"thread_id": name}} for name in ("mara", "ben"))
for config in (mara, ben):
    desk(Return1, "item", "decide", returns).invoke({"item": "kettle"}, config)

# %% [markdown]
# In version 2 somebody found a better name for the node, `approve`. Tests are green; all of them start
# new threads.
#
# > **Predict.** The approval arrives for Mara's thread, which waits at `decide`. What does the call do:
# > raise, refund, or ask again?

# %%
renamed = desk(Return1, "item", "approve", returns)
print("next:   ", renamed.get_state(mara).next)
print("resumed:", renamed.invoke(Command(resume=True), mara))
print("next:   ", renamed.get_state(mara).next)

# %% [markdown]
# None of these. The call returns the old state as if all were done. Mara gets no refund, and `next == ()`
# says that she is finished. Where a run stands is a *name* in the database, and a graph that does not
# know the name passes over it.
#
# So look before you deploy. The names that wait are in the latest checkpoint of each thread:


# %%
def waiting_nowhere(graph, saver):
    latest = {}
    for found in saver.list(None):
        latest.setdefault(found.config["configurable"]["thread_id"], found.checkpoint)
    for thread_id, checkpoint in sorted(latest.items()):
        due = [
            name.removeprefix("branch:to:")
            for name in checkpoint["channel_values"]
            if name.startswith("branch:to:")
        ]
        for node in due:
            if node not in graph.nodes:
                yield thread_id, node


print("waiting at a node that is gone:", list(waiting_nowhere(renamed, returns)))
print("seen by version 1 again:", desk(Return1, "item", "decide", returns).get_state(mara).next)

# %% [markdown]
# Mara's thread is on the list beside Ben's: no node ran, so no checkpoint was added, and a version that
# knows the name finds it where it was. And the answer?
#
# > **Predict.** Version 1 goes on with `None`, on a copy; nobody answers again. Does it ask, or refund?

# %%
returns.conn.execute("vacuum into 'rehearsal.db'")
rehearsal = SqliteSaver(sqlite3.connect("rehearsal.db", check_same_thread=False))
print("resumed:", desk(Return1, "item", "decide", rehearsal).invoke(None, mara))

# %% [markdown]
# It refunds. The answer had become a row of `writes` before any node was looked for, and it waits there
# for whoever knows the name. What is lost is the knowledge that somebody waits.
#
# A field may be renamed as well, with the node left alone.
#
# > **Predict.** Version 3 calls the field `product`. What is refunded to Ben? And is `kettle` still in
# > his thread's latest checkpoint afterwards?


# %%
class Return3(TypedDict, total=False):
    product: str
    approved: bool
    refunded: str


print("before:", newest(returns.conn, "ben")["channel_values"].get("item"))
print(desk(Return3, "product", "decide", returns).invoke(Command(resume=True), ben))
print("after: ", newest(returns.conn, "ben")["channel_values"].get("item"))

# %% [markdown]
# A channel that the state does not declare is not read, and the next checkpoint is written without it. It
# raises nothing, since every field is optional to a reader who uses `.get`. (The older checkpoints still
# hold it, if you find out in time.)
#
# Names of nodes and of fields are a schema, and a schema is changed as everywhere: first a version that
# understands both, then wait until the last old thread is finished, then remove the old.
# `migrate_in_flight` asks you to.

# %% [markdown]
# ## Half of the newest data is in another file
#
# The nightly backup copies `returns.db`. The desk is open all the time.
#
# > **Predict.** How many checkpoints are in the copy?

# %%
import shutil


def count(path):
    try:
        return sqlite3.connect(path).execute("select count(*) from checkpoints").fetchone()[0]
    except sqlite3.OperationalError as problem:
        return problem


shutil.copy("returns.db", "copied.db")
print("files: ", sorted(path.name for path in Path().glob("returns.db*")))
print("live:  ", count("returns.db"))
print("copied:", count("copied.db"))

# %% [markdown]
# `SqliteSaver` puts its database into WAL mode: what is committed goes into `returns.db-wal` first, and
# into the database some time later. Here nothing had moved yet, and the error is loud. On a busy day most
# of it has moved, and the copy opens and lacks the last hours. To copy both files is not enough either:
# they are read at two moments.
#
# SQLite itself can read a database as it was at one moment, while others write:

# %%
with sqlite3.connect("backup.db") as target:
    returns.conn.backup(target)
print("backup:", count("backup.db"))

# %% [markdown]
# ## "FULL" is what was tested, not what is right
#
# When none of these savers fits, you write one. LangGraph has a conformance suite for that. It runs
# dozens of tests against a saver, and ends with a level. Two savers for it: one that implements nothing,
# and one with a bug that nobody would survive: for a thread that it does not know, it returns somebody
# else's.

# %%
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.conformance import checkpointer_test, validate


class Nothing(BaseCheckpointSaver):
    pass


class Leaky(InMemorySaver):
    def get_tuple(self, config):
        found = super().get_tuple(config)
        if found is None and self.storage:
            found = super().get_tuple({"configurable": {"thread_id": next(iter(self.storage))}})
        return found

    async def aget_tuple(self, config):
        return self.get_tuple(config)


# %% [markdown]
# > **Predict.** Which level does each of them get?


# %%
async def level_of(saver_class):
    @checkpointer_test(name=saver_class.__name__)
    async def fresh():
        yield saver_class()

    report = await validate(fresh)
    level = report.to_dict()["conformance_level"]
    print(f"{saver_class.__name__:<14} level {level}, passed_all_base {report.passed_all_base()}")


for saver_class in (InMemorySaver, Nothing, Leaky):
    await level_of(saver_class)

leaky = build(Leaky())
leaky.invoke({"done": []}, mara)
print("Ben, who is new, sees:", leaky.get_state(ben).values)

# %% [markdown]
# `FULL` for all three. A method that is not overridden is left out, and nothing left is nothing failed;
# and of the leak there is no test. So ask for `passed_all_base()`, which says no to the empty one, and
# write tests of your own for what your customers would notice: two threads, a kill, a deletion. The suite
# is asynchronous, too: of a synchronous `put` it sees nothing.

# %% [markdown]
# ## What to remember
#
# 1. A checkpoint is a row, a node's result another. `next == ()` with tasks left is half-committed, not
#    finished.
# 2. SIGTERM is as hard as SIGKILL: `"exit"` keeps nothing, `"async"` what the saver had time for,
#    `"sync"` all but the running node.
# 3. The serialiser decides what comes back: tuples as lists, undeclared types as plain data, metadata and
#    ids unencrypted.
# 4. Whole states grow with the square of the conversation. Prune whole checkpoints, never deltas;
#    `vacuum` frees the disk.
# 5. Names of nodes and fields are a schema in the database. Nothing raises when they no longer match.
#
# ## The mistakes of this lesson
#
# | what it looked like | what it was |
# |---|---|
# | orders priced twice after a deployment | the default durability, `"async"`, and a slow disk |
# | no trace of a night | `durability="exit"` and SIGTERM |
# | `next == ()`, and half the work missing | half-committed, or a node that was renamed |
# | `'dict' object has no attribute 'text'` after a restart | strict mode, and a field typed `Any` |
# | an e-mail address in an encrypted database | `configurable`, metadata, thread ids are not encrypted |
# | a conversation that is suddenly empty | rows pruned under a `DeltaChannel` |
# | a backup without tables | the `.db` copied without SQLite's help |
# | level `FULL` | methods that nobody wrote are not tested |
#
# ## From here
#
# - [The exercises](exercises.ipynb) of this module: seven to build, with `check()` to tell you at once,
#   and one to explain in your own words.
# - Next module: [debugging backwards](../06_time_travel/lesson.ipynb): history, replay, and forks.
# - LangGraph's own page on [persistence](https://docs.langchain.com/oss/python/langgraph/persistence).
