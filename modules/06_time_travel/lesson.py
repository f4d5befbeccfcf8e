# %% [markdown]
# # Debugging backwards
#
# Ida has flowers sent from a small shop. One day she complains: her lilies never came. A colleague is asked
# to find out why. He is careful, he has the whole history of her conversation, and he changes nothing in
# it.
#
# Here is the shop. Its state is the conversation, the address it has understood, and a list of what was
# sent.

# %%
import os
import tempfile

os.chdir(tempfile.mkdtemp())

# %%
# %%writefile shop.py
import operator
import re
from pathlib import Path
from typing import Annotated

from langgraph.graph import START, MessagesState, StateGraph

from course import chat_model

LEDGER = Path("ledger.txt")


class Order(MessagesState):
    address: str
    sent: Annotated[list[str], operator.add]


# %% [markdown]
# `note` looks for an address in what was said last. `deliver` calls the courier if something is to be sent.
# `reply` has the clerk answer, a scripted model. The courier is the world outside: a file, which only ever
# gets longer.


# %%
# %%writefile -a shop.py
def courier(parcel):
    with LEDGER.open("a") as file:
        print(parcel, file=file)


def note(state: Order):
    found = re.findall(r"\d+ \w+ (?:Road|Lane)", state["messages"][-1].text)
    return {"address": found[-1]} if found else {}


def deliver(state: Order):
    if not (wish := re.search(r"send (\w+)", state["messages"][-1].text)):
        return {}
    parcel = f"{wish[1]} to {state['address']}"
    courier(parcel)
    return {"sent": [parcel]}


# %%
# %%writefile -a shop.py
def clerk(messages):
    return "They are on their way." if "send" in messages[-1].text else "I see."


def reply(state: Order):
    return {"messages": [chat_model(clerk).invoke(state["messages"])]}


def build(saver):
    graph = StateGraph(Order).add_sequence([note, deliver, reply]).add_edge(START, "note")
    return graph.compile(checkpointer=saver)


# %% [markdown]
# Ida's conversation, as it was:

# %%
import sqlite3

from langgraph.checkpoint.sqlite import SqliteSaver

from shop import LEDGER, build


def thread(name, **more):
    return {"configurable": {"thread_id": name, **more}}


def say(graph, text, config):
    return graph.invoke({"messages": [("user", text)]}, config)["messages"][-1].text


db = sqlite3.connect("shop.db", check_same_thread=False)
graph = build(SqliteSaver(db))
ida = thread("ida")

# %%
said = [
    "I live at 12 Hill Road.",
    "Please send tulips.",
    "My sister lives at 5 Elm Road.",
    "She is well again.",
    "Please send lilies.",
    "Thank you.",
]
for text in said:
    print(f"{text:<31} {say(graph, text, ida)}")

# %% [markdown]
# The colleague finds the checkpoint before the lilies were handed over: the one where `deliver` is due and
# `lilies` were just asked for. He runs the thread again from there, to watch. Input `None` means that
# nothing new is said.
#
# > **Predict.** What does the courier's ledger hold after that? And what is the last thing that Ida has
# > said, by the state of her thread?


# %%
def before(node, text, config=ida):
    """The newest checkpoint that waits for `node`, where `text` was said last."""
    for snapshot in graph.get_state_history(config):
        if snapshot.next == (node,) and text in snapshot.values["messages"][-1].text:
            return snapshot
    raise LookupError(text)


lilies = before("deliver", "lilies")
graph.invoke(None, lilies.config)

print(LEDGER.read_text())
print("Ida's last words:", graph.get_state(ida).values["messages"][-2].text)

# %% [markdown]
# Lilies went out a second time, to the same wrong street. And by her thread Ida never said thank you: it
# now ends one turn earlier. He looked at the past, and changed the world and the present.
#
# So three questions: how do you **look** without running, how do you **run** the past without hurting
# anybody, and what can be **taken back** at all?

# %% [markdown]
# ## To look is to read
#
# The history can be read, filtered and cut. Every snapshot has the whole state (`values`), what was due
# (`next`), and for each due task what it returned (`tasks`). Nothing runs.
#
# > **Predict.** A turn of three nodes leaves five checkpoints, and Ida had six turns. The colleague ran two
# > nodes more. How many checkpoints are there?

# %%
parcels = len(LEDGER.read_text().splitlines())
history = list(graph.get_state_history(ida))
turns = list(graph.get_state_history(ida, filter={"source": "input"}))
earlier = list(graph.get_state_history(ida, before=lilies.config, limit=2))

print("checkpoints:", len(history), "| begun by an input:", len(turns))
print("two before the lilies:", [s.next for s in earlier])
for task in lilies.tasks:
    print("ran from there:", task.name, task.result)
print("parcels sent by reading:", len(LEDGER.read_text().splitlines()) - parcels)

# %% [markdown]
# Thirty and three: a run from an old checkpoint first saves a copy of it, and then goes on. And
# `lilies.tasks` had the answer all the time: it tells what `deliver` returned *then*, out of the `writes`
# table. That is how you watch a node without running it.
#
# The same as a picture. Open a row to see what a node changed; the branch to the right is the colleague:

# %%
from course import timeline

timeline(graph, ida)

# %% [markdown]
# ## A list of the history is not a branch
#
# `get_state_history` gives every checkpoint of the thread, newest first. It looks like the conversation
# read backwards.
#
# > **Predict.** Here are the ten newest, oldest of them first. Ida said "Thank you." once. Where is that in
# > this list: at the end, in the middle, not at all?


# %%
def show(snapshots):
    for s in snapshots:
        last = s.values["messages"][-1].text if s.values["messages"] else ""
        print(f"step {s.metadata['step']:>2}  {s.metadata['source']:<6} {s.next!s:<15} {last}")


show(reversed(history[:10]))

# %% [markdown]
# In the middle. Steps go from 22 to 28, and then 22 comes again: a copy, and what grew from it. The list is
# in order of time, and that is all. What leads from one checkpoint to the next is `parent_config`:
#
# ```mermaid
# flowchart LR
#     accTitle: A replay makes a branch
#     accDescr: Step 21 has two children, the run as it was and a copy with a run that is the newest.
#     a["step 21<br>next: deliver"] --> b["step 22<br>lilies sent"] --> c["23 … 28<br>Thank you."]
#     a --> e["step 22, fork<br>next: deliver"] --> f["step 23<br>lilies again"] --> g["step 24<br>newest"]
# ```

# %% [markdown]
# A branch is read from its end. This walk is the most useful function of the lesson:


# %%
def branch(config):
    """The checkpoints that led to this one, the first of them first."""
    snapshot = graph.get_state(config)
    found = [snapshot]
    while snapshot.parent_config:
        snapshot = graph.get_state(snapshot.parent_config)
        found.append(snapshot)
    return found[::-1]


current = branch(ida)
print("in the list:", len(history), "| on the branch:", len(current))
show(current[-4:])

# %% [markdown]
# The thread's newest checkpoint and its parents are the *current branch*: what the next message will be
# answered from. "Thank you." is not on it. It still has a checkpoint, and whoever has its config can go
# back there.

# %% [markdown]
# ## Four questions find the culprit among 26
#
# When did the address go wrong? On a branch, what was right stays right until some checkpoint, and is wrong
# from there on. So one question rules out half of it.
#
# > **Predict.** The branch has 26 checkpoints, numbers 0 to 25. The newest is wrong. How many must you look
# > at to know the first wrong one for sure?


# %%
def look(number):
    address = current[number].values.get("address")
    print(f"checkpoint {number:>2}: {address}")


look(12)  # of 0 to 25: wrong already, so it is one of 0 to 12
look(6)  # right, so it is one of 7 to 12
look(9)  # right: 10 to 12
look(11)  # right: 12 it is

# %% [markdown]
# Four looks here, five at the worst, and eight would do for 200. Reading an address is cheap; asking a
# person "was this still right?" is not. Number 12 is the first wrong one. What ran just before it is in its
# parent:

# %%
culprit, last_good = current[12], current[11]
for task in last_good.tasks:
    print(f"{task.name} returned {task.result}")
print("after hearing:", last_good.values["messages"][-1].text)

# %% [markdown]
# Found. `note` takes any address for Ida's, her sister's too. The damage was done eleven steps before the
# lilies went, and nobody would have seen it by watching `deliver`.
#
# Now in the picture. Under **Branch** choose the one marked *head*. Pick **A** beside step 10 and **B**
# beside step 11 (checkpoint 12 is the one of step 11, since steps begin at -1), and below the rows stands
# what differs: `address`, and nothing else. Then leave A, and move B down.

# %%
show([last_good, culprit])
timeline(graph, ida)

# %% [markdown]
# Here the row of step 11 says it outright, since the fact is one key of the state. Halving is for what no
# key holds: a sum that does not add up, a tone that turned sour, an answer that a person has to judge.
#
# In a list with branches the halves mean nothing. Suppose the address is put right on a new branch, from
# the last good checkpoint:
#
# > **Predict.** Read the whole list in order of time and note where the address turns from right to wrong,
# > or back. How often does it turn?

# %%
from itertools import groupby


def stretches(snapshots):
    right = [s.values.get("address") in (None, "12 Hill Road") for s in snapshots]
    return [f"{'right' if key else 'wrong'} x {len(list(same))}" for key, same in groupby(right)]


corrected = graph.update_state(last_good.config, {"address": "12 Hill Road"}, as_node="note")
print("list:  ", stretches(reversed(list(graph.get_state_history(ida)))))
print("branch:", stretches(branch(corrected)))

# %% [markdown]
# Twice, and after some months of corrections twenty times. Halving needs exactly one turn. (That line with
# `update_state` has just made a branch. Soon more of it.)

# %% [markdown]
# ## A replay runs, and moves the thread
#
# "Replay" sounds like a film. It is a run. Everything before the checkpoint is taken from the database,
# everything after it is executed: models are called and paid for, parcels are sent.
#
# What about the past itself? Here is the whole database, read by a connection of our own, before and after.
#
# > **Predict.** We replay Ida's *second* turn, the tulips. How many of the old rows change? Where does the
# > thread end afterwards?

# %%
from contextlib import closing


def rows():
    with closing(sqlite3.connect("shop.db")) as outside:
        tables = ("checkpoints", "writes")
        return {table: set(outside.execute(f"select * from {table}")) for table in tables}


saved = rows()
graph.invoke(None, before("deliver", "tulips").config)
now = rows()
for table in saved:
    print(f"{table}: changed or gone {len(saved[table] - now[table])}, new {len(now[table] - saved[table])}")
print("Ida's last words:", graph.get_state(ida).values["messages"][-2].text)
print("ledger:", LEDGER.read_text().splitlines())

# %% [markdown]
# Each old row is there, byte for byte. The record of the past is safe; that is no comfort to Ida, who has
# tulips twice. And her thread ends at the tulips, because *the thread is wherever its newest checkpoint
# is*.
#
# There is a way to put the thread back without running anything: a copy of a checkpoint, saved as the
# newest. It is written as if by a node named `__copy__`. Ida's real conversation ended at step 28.


# %%
def put_back(snapshot):
    graph.update_state(snapshot.config, None, as_node="__copy__")


end = next(s for s in history if s.metadata["step"] == 28)
put_back(end)

head = graph.get_state(ida)
print("last words:", head.values["messages"][-2].text, "| source:", head.metadata["source"])
print("sent:  ", head.values["sent"])
print("ledger:", len(LEDGER.read_text().splitlines()), "parcels")
print("under the same parent:", head.parent_config == end.parent_config)

# %% [markdown]
# The thread is back, without the tulips' second trip in its state; the courier made it all the same. This
# copy stands beside its original, under the same parent; the one that a replay makes is a child of it. If you
# replay on a thread that somebody uses, do this afterwards, or better: replay where the thread is not, on a
# copy with a saver of its own.
#
# To keep a replay from the courier one might stop it in time. `interrupt_before` names nodes to stop
# before.
#
# > **Predict.** Two replays, both told to stop before `deliver`. One begins where `note` is due, the other
# > where `deliver` is. How many parcels go out?


# %%
def parcels_sent_by(snapshot):
    sent = len(LEDGER.read_text().splitlines())
    graph.invoke(None, snapshot.config, interrupt_before=["deliver"])
    return len(LEDGER.read_text().splitlines()) - sent


print("from before note:   ", parcels_sent_by(before("note", "tulips")))
print("from before deliver:", parcels_sent_by(before("deliver", "tulips")))

# %% [markdown]
# The second one sends. `None` says "go on", and that is also how a run that stopped before a node is let go
# on, so the node it begins with is never held. `interrupt_before` guards a node that you come to, not one
# that you start at.

# %% [markdown]
# ## A fork is a new child with a correction
#
# Nothing saved is ever edited. `update_state(config, values)` saves a *child* of the checkpoint that
# `config` names, and returns the child's config.
#
# > **Predict.** We correct the address at the checkpoint that went wrong, and then run twice: once from the
# > config that we have, once from the one that `update_state` returned. Which addresses do the two runs end
# > with?

# %%
saved = rows()
fork = graph.update_state(culprit.config, {"address": "12 Hill Road"})

print("from the old config:", graph.invoke(None, culprit.config)["address"])
print("from the fork:      ", graph.invoke(None, fork)["address"])
print("old rows changed:", sum(len(saved[table] - rows()[table]) for table in saved))

# %% [markdown]
# The old config still names the old checkpoint, which is as wrong as it was. Run from what `update_state`
# gave you.
#
# And the lilies? A run goes on to the end of *its* turn. The later turns stay on the branch where they were
# said, so a correction far back has to have them said again, and `deliver` decides again, this time with
# the right address:

# %%
for text in said[3:]:
    say(graph, text, ida)
mended = graph.get_state(ida)
print("by the state: ", mended.values["sent"])
print("by the ledger:", LEDGER.read_text().splitlines())

# %% [markdown]
# Why not correct the newest checkpoint, and be done?
#
# > **Predict.** Only the address is corrected, in a child of the end as it really was. What is then due,
# > and what does `sent` say?

# %%
at_end = graph.update_state(end.config, {"address": "12 Hill Road"})
state = graph.get_state(at_end)
print("next:", state.next, "| address:", state.values["address"])
print("sent:", state.values["sent"])

# %% [markdown]
# Nothing is due, so `invoke(None, …)` would run nothing. The address is right from now on, and every
# conclusion drawn from the wrong one still stands. That can be what you want. If it is not, fork *before*
# the first node that used the wrong value.
#
# That makes eight branches in one thread. Choose one under **Branch**, and what is left is a plain list to
# be read from top to bottom. Or compare the ends of two: where do the bad branch and the mended one differ?

# %%
timeline(graph, ida)

# %% [markdown]
# ## Input begins a new turn, wherever you send it
#
# There is a third call that takes an old config: `invoke(input, old)`. It looks like a correction.
#
# > **Predict.** We take the checkpoint where the tulips are sent and only `reply` is due. Which nodes run
# > with `None`, and which with a message?

# %%
due = before("reply", "tulips")
for given in (None, {"messages": [("user", "I meant roses.")]}):
    steps = list(graph.stream(given, due.config, stream_mode="updates"))
    print([name for update in steps for name in update])
print([m.text for m in graph.get_state(ida).values["messages"][-3:]])

# %% [markdown]
# Input starts at `START`, on the state of the old checkpoint. What was due there is forgotten: the request
# for tulips has no reply any more, the next message stands right under it. The three calls, side by side:
#
# | call | what it does with the old checkpoint |
# |---|---|
# | `invoke(None, old)` | runs what was due, on its state |
# | `invoke(input, old)` | begins a new turn at `START`, on its state |
# | `update_state(old, values)` | runs nothing; saves a child, which `invoke(None, child)` then runs from |

# %% [markdown]
# ## An update goes through the reducers
#
# `address` has no reducer, so the correction took its place. Now Ida's first sentence is to be corrected:
# she lives at 14 Hill Road.
#
# > **Predict.** Three updates of one checkpoint with two messages: the new text, the new text under the old
# > message's id, and the new text as `Overwrite`. How many messages does each child hold?

# %%
from langchain_core.messages import HumanMessage
from langgraph.types import Overwrite

answered = current[4]  # the first turn is over: two messages
wrong = answered.values["messages"][0]
text = "I live at 14 Hill Road."

for label, messages in [
    ("text alone", [HumanMessage(text)]),
    ("same id   ", [HumanMessage(text, id=wrong.id)]),
    ("Overwrite ", Overwrite([HumanMessage(text)])),
]:
    child = graph.get_state(graph.update_state(answered.config, {"messages": messages}))
    print(label, [m.text for m in child.values["messages"]], child.values["address"])

# %% [markdown]
# Three, two, one. `update_state` is a write like any node's: a reducer that appends, appends. For messages
# the id decides; for any reducer `Overwrite(value)` passes it over. (Look at the address as well: a
# corrected sentence does not correct what was concluded from it. This checkpoint comes after `note`.)
#
# So a state is not put back by writing it again: that would add the list to itself. A key that does not
# exist is worse: it is dropped, and nobody says so.

# %%
typo = graph.get_state(graph.update_state(answered.config, {"adress": "14 Hill Road"}))
print("address:", typo.values["address"], "| keys:", sorted(typo.values))

# %% [markdown]
# ## `as_node` names who has written, not where to go
#
# A checkpoint also knows what is due, and who wrote last decides that. `update_state(…, as_node=x)` means:
# pretend that node `x` has just returned this.
#
# > **Predict.** The tulips again, where `deliver` is due. The same update by nobody in particular, and by
# > each of the three nodes. What is `next` each time? Which of these branches will send no tulips?

# %%
tulips = before("deliver", "tulips")
for name in (None, "note", "deliver", "reply"):
    child = graph.update_state(tulips.config, {"address": "14 Hill Road"}, as_node=name)
    print(f"as_node={name!s:<8} next: {graph.get_state(child).next}")

# %% [markdown]
# The last two send nothing. With `as_node="deliver"` the courier is passed over: the graph takes the update
# for what `deliver` returned, and goes on to what follows. With `as_node="reply"` the turn is over. Who
# reads it as "go to `deliver`" gets the opposite, and no error.
#
# Left out, it is the node that wrote last, here `note`. Where two nodes wrote last, there is no such node.
# Quotes from two growers, asked at the same time, and then a choice:

# %%
import operator
from typing import Annotated, TypedDict

from langgraph.graph import START, StateGraph


class Quotes(TypedDict):
    log: Annotated[list[str], operator.add]


down = set()


def grower(name):
    def ask(state):
        if name in down:
            raise ConnectionError(f"{name} is not answering")
        return {"log": [f"{name}: 40"]}

    return ask


# %%
def choose(state):
    return {"log": ["chosen"]}


builder = StateGraph(Quotes).add_node("north", grower("north")).add_node("south", grower("south"))
builder.add_node(choose).add_edge(START, "north").add_edge(START, "south")
market = builder.add_edge(["north", "south"], "choose").compile(checkpointer=SqliteSaver(db))

print(market.invoke({"log": ["asters"]}, thread("asters"))["log"])
quoted = next(s for s in market.get_state_history(thread("asters")) if s.next == ("choose",))
for name in (None, "west", "south"):
    try:
        market.update_state(quoted.config, {"log": ["east: 30"]}, as_node=name)
        print(f"as_node={name}: saved")
    except Exception as problem:
        print(f"as_node={name}: {type(problem).__name__}: {problem}")

# %% [markdown]
# So name the writer always: the default depends on what happened to write last.

# %% [markdown]
# ## What waits beside the hole is dropped
#
# Another day the southern grower does not answer. Somebody telephones, and has a price. The northern one
# had answered; that result is saved, pending on the checkpoint that waits.
#
# > **Predict.** The thread is read twice: by its name, and by the config of the very checkpoint that the
# > first reading returned. Do both show the northern quote?

# %%
down.add("south")
roses = thread("roses")
try:
    market.invoke({"log": ["roses"]}, roses)
except ConnectionError as problem:
    print("ConnectionError:", problem)

waiting = market.get_state(roses)
print("by name:  ", waiting.values["log"], "next:", waiting.next)
print("by its id:", market.get_state(waiting.config).values["log"])

# %% [markdown]
# `get_state` without an id shows the thread as it would go on, with pending results merged. With an id, and
# in the history, it shows the checkpoint as it was saved. One checkpoint, two readings: when you debug,
# know which one you have.
#
# > **Predict.** Now the price is entered as what `south` returned. What does `choose` see?

# %%
market.update_state(roses, {"log": ["south: 35, by telephone"]}, as_node="south")
state = market.get_state(roses)
print(state.values["log"], "next:", state.next)
print(market.invoke(None, roses)["log"])

# %% [markdown]
# It never runs. The update is a new checkpoint, and the northern result hangs on the old one. `choose`
# waits for both growers, `north` counts as not heard, so nothing is due: `next` is `()`, as if all were
# done. There is no error, and there is no choice.
#
# Read what has finished beside before you write by hand; the tasks tell you. `bulk_update_state` can enter
# the results of several nodes as one step. To put that together is one of the exercises.

# %%
for task in waiting.tasks:
    print(task.name, "|", task.result, "|", task.error)

# %% [markdown]
# ## A wrong checkpoint id is amnesia
#
# A config in a log, a row cleaned away, an id from the test system: sooner or later somebody runs from a
# checkpoint that is not there. In module 01 a wrong `thread_id` was a new customer. This is stranger.
#
# > **Predict.** Ida's thread is put back to the end of the mended branch. Then one message is sent with a
# > checkpoint id that does not exist. Which of these calls raises? And what does her thread hold after
# > that?

# %%
put_back(mended)
ghost = thread("ida", checkpoint_id="1f000000-0000-6000-8000-000000000000")
print("before:", len(graph.get_state(ida).values["messages"]), "messages")
print("read:  ", graph.get_state(ghost).values)
print("run:   ", say(graph, "Any news?", ghost))
print("after: ", len(graph.get_state(ida).values["messages"]), "messages")

# %% [markdown]
# None. The run began with an empty state *inside her thread*, and ends in its newest checkpoint, so her
# next message goes on from there. Her history is complete, and the shop has never heard of her.
#
# A checkpoint that exists has `metadata`, a ghost has `None`. Ask before you run. And a config that was
# written by hand fails in yet another way:

# %%
print("metadata of a ghost:", graph.get_state(ghost).metadata)

point = mended.config["configurable"]["checkpoint_id"]
for config in (
    thread("ida", checkpoint_id=point),
    thread("ida", checkpoint_id=point, checkpoint_ns=""),
):
    try:
        graph.update_state(config, {"address": "12 Hill Road"})
        print("mended:", len(graph.get_state(ida).values["messages"]), "messages")
    except KeyError as problem:
        print("KeyError:", problem)

# %% [markdown]
# With an id, `SqliteSaver` wants the namespace too before it saves an update: `"checkpoint_ns": ""` is the
# graph itself. A snapshot's own `config` has all three, so take configs from snapshots.

# %% [markdown]
# ## A subgraph is replayed whole, unless it keeps checkpoints of its own
#
# What is that namespace for? A graph that is a node of another keeps its checkpoints in the same thread,
# under another `checkpoint_ns`. Binding a bouquet takes three steps:

# %%
ran = []


def step(name):
    def work(state):
        ran.append(name)
        return {"did": name}

    return work


class Work(TypedDict):
    did: str


bind = StateGraph(Work).add_sequence([(name, step(name)) for name in ("cut", "tie", "wrap")])
bind = bind.add_edge(START, "cut")


def bench_with(bind):
    nodes = [("pick", step("pick")), ("bind", bind), ("label", step("label"))]
    builder = StateGraph(Work).add_sequence(nodes).add_edge(START, "pick")
    return builder.compile(checkpointer=SqliteSaver(db))


bench = bench_with(bind.compile())
bench.invoke({"did": "nothing"}, thread("bouquet"))

# %%
outer = list(bench.get_state_history(thread("bouquet")))
before_bind = next(s for s in outer if s.next == ("bind",))
inside = before_bind.tasks[0].state  # the config of the subgraph's history
inner = list(bench.get_state_history(inside))
print("outside:", [s.next for s in reversed(outer)])
print("inside: ", [s.next for s in reversed(inner)])
print("namespace:", inside["configurable"]["checkpoint_ns"].split(":")[0] + ":<id of the task>")

# %% [markdown]
# So one can read exactly what happened in there. Can one run it again from there?
#
# > **Predict.** The subgraph has a checkpoint after `cut`, where `tie` is due. We run from it. Which nodes
# > run: `tie, wrap, label`, or others? And if the subgraph is compiled with `checkpointer=True`?


# %%
def replay_from_tie(bench, name):
    before_bind = next(s for s in bench.get_state_history(thread(name)) if s.next == ("bind",))
    inner = bench.get_state_history(before_bind.tasks[0].state)
    before_tie = next(s for s in inner if s.next == ("tie",))
    ran.clear()
    bench.invoke(None, before_tie.config)
    return ran


print("compile():                 ", replay_from_tie(bench, "bouquet"))
keeping = bench_with(bind.compile(checkpointer=True))
keeping.invoke({"did": "nothing"}, thread("kept"))
print("compile(checkpointer=True):", replay_from_tie(keeping, "kept"))

# %% [markdown]
# A plain subgraph starts from its beginning (LangGraph issue 8458), so `cut` runs again, with all that it
# does outside. With `checkpointer=True` it starts where you ask. There's a price: its namespace is then just
# `bind`, so its state carries over from one run of the thread to the next. Use it where you need to go back
# into a subgraph. Otherwise make the step a node of the outer graph.
#
# A subgraph's history can be drawn as well:

# %%
timeline(bench, inside)

# %% [markdown]
# ## The store and the world have no branches
#
# The shop learns. It keeps a customer's address in a *store*, which all threads share, so that the next
# conversation knows it:

# %%
from langgraph.store.memory import InMemoryStore

store = InMemoryStore()


def remember(state):
    store.put(("customers",), "ben", {"address": state["address"]})
    return {"did": "remembered " + state["address"]}


class Visit(Work):
    address: str


visits = StateGraph(Visit).add_node(remember).add_edge(START, "remember")
visits = visits.compile(checkpointer=SqliteSaver(db), store=store)
ben = thread("ben")

# %% [markdown]
# > **Predict.** Ben moves from Mill Lane to Elm Road. That was a mistake, so the thread is put back to the
# > end of the first visit. What do thread and store say?

# %%
visits.invoke({"address": "1 Mill Lane"}, ben)
good = visits.get_state(ben)
visits.invoke({"address": "9 Elm Road"}, ben)

visits.update_state(good.config, None, as_node="__copy__")
print("thread:", visits.get_state(ben).values["address"])
print("store: ", store.get(("customers",), "ben").value["address"])

# %% [markdown]
# A checkpoint holds the state of one thread. It does not hold the store, although the store was given to
# `compile`, nor the courier's ledger, a bank, a mailbox. Time travel moves a pointer. What was done outside
# has to be *compensated*, by acts of its own:
#
# ```mermaid
# flowchart LR
#     accTitle: Undoing a turn
#     accDescr: The journal is read first, courier and store are put right, and the thread moves last.
#     a["read the journal of<br>the newest checkpoint"] --> b["courier:<br>fetch the parcel"]
#     b --> c["store:<br>put back what it was"] --> d["thread: copy the<br>good checkpoint"]
# ```

# %% [markdown]
# That needs preparation: a node that changes something outside also *returns* what it did and what was
# there before, so that it stands in the state. Ben's shop, with such a journal:


# %%
class Journalled(Visit):
    journal: Annotated[list[dict], operator.add]


def remember_and_say(state):
    held = store.get(("customers",), "ben")
    store.put(("customers",), "ben", {"address": state["address"]})
    return {"journal": [{"before": held.value if held else None}]}


careful = StateGraph(Journalled).add_node(remember_and_say)
careful = careful.add_edge(START, "remember_and_say").compile(checkpointer=SqliteSaver(db), store=store)
ben = thread("ben, carefully")
store.delete(("customers",), "ben")
careful.invoke({"address": "1 Mill Lane"}, ben)
good = careful.get_state(ben)
careful.invoke({"address": "9 Elm Road"}, ben)["journal"]

# %%
entry = careful.get_state(ben).values["journal"][-1]
store.put(("customers",), "ben", entry["before"])  # the world first …
careful.update_state(good.config, None, as_node="__copy__")  # … and the thread last

print("thread:", careful.get_state(ben).values["address"])
print("store: ", store.get(("customers",), "ben").value["address"])
print("left in the journal:", careful.get_state(ben).values["journal"])

# %% [markdown]
# The order matters. The journal in the newest checkpoint is the list of what is to be undone. Move the
# thread first, and a crash after it loses the list. The last exercise has harder cases. And some things stay
# done: the tulips are in Ida's vase.

# %% [markdown]
# ## What to remember
#
# 1. To look, read: history, `tasks`, the picture. `invoke(None, old)` runs, and moves the thread.
# 2. The history is a tree. A branch is its end and the parents; halving works on a branch and not on a list.
# 3. `update_state` saves a child, through the reducers; no old row changes. Run from the config it returns.
# 4. `as_node` says who has just written. What waited beside is not in the new checkpoint.
# 5. Only the thread goes back. The store and the world are compensated, and the thread moves last.
#
# ## The mistakes of this lesson
#
# | what it looked like | what it was |
# |---|---|
# | two parcels after a look at the past | replay executes |
# | the customer's last words are gone | the thread follows its newest checkpoint, a replay's too |
# | a parcel in spite of `interrupt_before` | the run began with that node |
# | the correction was saved and not used | run from the old config, not from the fork |
# | a request without a reply, and the next under it | input sent to an old checkpoint begins a new turn |
# | the wrong sentence and the right one | `update_state` goes through the reducer; the id was new |
# | a node passed over | `as_node` read as "go to" |
# | `next == ()`, and nothing was chosen | a pending result dropped by an update by hand |
# | a customer unknown in her own thread | a `checkpoint_id` that is not there |
# | thread right, store wrong | time travel does not rewind the store |
#
# ## From here
#
# - [The exercises](exercises.ipynb) of this module: five to build, with `check()` to tell you at once, and
#   one to explain in your own words.
# - Next module: [remembering, and forgetting](../07_memory/lesson.ipynb): what a model is sent, what a
#   store keeps, and how you delete a customer so that nothing is left.
# - The timelines above can be opened in JupyterLab with **Fork from here**: the same calls as in this
#   lesson, by hand. They really run.
# - LangGraph's own page on [time travel](https://docs.langchain.com/oss/python/langgraph/use-time-travel).
