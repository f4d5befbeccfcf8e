# %% [markdown]
# # Debugging backwards
#
# Ida has flowers sent from a small shop. One day she complains: her lilies never came. A colleague is
# asked to find out why. He's careful, and he has the whole history of her conversation.
#
# Here's that conversation. The shop is a graph of three nodes: `note` looks for an address in what was
# said last, `deliver` calls the courier if something should be sent, and `reply` has a scripted model
# answer. The courier is the outside world: a file that only gets longer.

# %%
import os
import tempfile

os.chdir(tempfile.mkdtemp())

# %%
from langgraph.checkpoint.sqlite import SqliteSaver

from course import chat_model
from course.stage import connect, flowers

saver = SqliteSaver(connect("shop.db"))
graph = flowers.build(saver, chat_model(flowers.clerk))
ida = {"configurable": {"thread_id": "ida"}}
said = """I live at 12 Hill Road. Please send tulips.
My sister lives at 5 Elm Road. She is well again.
Please send lilies. Thank you.""".replace(". ", ".\n").splitlines()
for text in said:
    state = graph.invoke({"messages": [text]}, ida)
    print(f"{text:<31} {state['messages'][-1].text}")

# %% [markdown]
# These are the two nodes that matter:

# %% shows=11
from inspect import getsource

print(getsource(flowers.note), getsource(flowers.deliver), sep="\n")

# %% [markdown]
# The colleague finds the checkpoint just before the lilies were sent. `deliver` is due there, and Ida has
# just asked for lilies. He runs the thread again from there, to watch. The input `None` means that nobody
# says anything new.
#
# > **Predict.** What's in the courier's ledger after that? And according to her thread, what's the last
# > thing that Ida said?


# %%
def before(node, text, config=ida):
    """The newest checkpoint that waits for `node`, after `text`."""
    for snapshot in graph.get_state_history(config):
        last = (snapshot.values.get("messages") or [None])[-1]
        if snapshot.next == (node,) and last and text in last.text:
            return snapshot
    raise LookupError(text)


lilies = before("deliver", "lilies")
graph.invoke(None, lilies.config)

print("\n".join(flowers.parcels()))
last = graph.get_state(ida).values["messages"][-2]
print("Ida's last words:", last.text)

# %% [markdown]
# The lilies went out a second time, to the same wrong street. And according to her thread, Ida never said
# thank you: it now ends one turn earlier. He only wanted to look at the past, and he changed both the
# world and the present.
#
# So there are three questions. How do you **look** without running anything? How do you **run** the past
# without hurting anybody? And what can you **take back** at all?

# %% [markdown]
# ## Reading the history runs nothing, and shows what each node returned
#
# You can read the history and filter it. Each snapshot has the whole state (`values`), the nodes that were
# due (`next`), and what each of them returned (`tasks`).

# %%
sent = len(flowers.parcels())
history = list(graph.get_state_history(ida))
inputs = {"source": "input"}
turns = list(graph.get_state_history(ida, filter=inputs))

print("checkpoints:", len(history), "| begun by an input:", len(turns))
for task in lilies.tasks:
    print("ran from there:", task.name, task.result)
print("parcels sent by reading:", len(flowers.parcels()) - sent)

# %% [markdown]
# Six turns of three nodes make thirty checkpoints. The colleague's two nodes added three, because a run
# from an old checkpoint first saves a copy of it. And `lilies.tasks` had his answer all along: it shows
# what `deliver` returned *back then*, from the `writes` table.
#
# Here's the same as a picture. Open a row to see what a node changed. The branch on the right is the
# colleague's:

# %%
from course import timeline

timeline(graph, ida)

# %% [markdown]
# **Decide.** Start every investigation with `tasks`. Replay only when you need to know what *new* code
# would do. Reading costs one query per snapshot, and nothing outside.

# %% [markdown]
# ## `get_state_history` mixes all branches: follow `parent_config`
#
# `get_state_history` gives you every checkpoint of the thread, newest first. It looks like the
# conversation, read backwards.
#
# > **Predict.** Here are the ten newest, oldest of them first. Ida said "Thank you." once. Where is that
# > in this list: at the end, in the middle, or nowhere?


# %%
def show(snapshots):
    for s in snapshots:
        said = s.values["messages"]
        last = said[-1].text if said else ""
        step, source = s.metadata["step"], s.metadata["source"]
        print(f"step {step:>2}  {source:<6} {s.next!s:<15} {last}")


show(reversed(history[:10]))

# %% [markdown]
# It's in the middle. Steps count from 22 to 28, and then 22 comes again: that's the copy, and what grew from
# it. The list is sorted by time, and that's all. To get from one checkpoint to the one it came from, you need
# `parent_config`:
#
# ```mermaid
# flowchart LR
#     accTitle: A replay makes a branch
#     accDescr: Step 21 has two children, the run as it was and a copy with a run that is the newest.
#     a["step 21<br>next: deliver"] --> b["step 22<br>lilies sent"] --> c["23 … 28<br>Thank you."]
#     a --> e["step 22, fork<br>next: deliver"] --> f["step 23<br>lilies again"] --> g["step 24<br>newest"]
# ```
#
# You read a branch from its end:


# %%
def branch(config):
    """The checkpoints that led to this one, oldest first."""
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
# The thread's newest checkpoint and its ancestors are the *current branch*. The next message will be
# answered from there. "Thank you." isn't on it. It still has a checkpoint, though, and anybody who has its
# config can go back there.
#
# **Decide.** Use the list to see everything that ever happened. Use the walk for anything that asks what
# came before what. It costs one `get_state` per checkpoint.

# %% [markdown]
# ## Bisect a branch to find the checkpoint that went wrong
#
# When did the address go wrong? On one branch it's right up to some checkpoint, and wrong from there on.
# So each look rules out half of what's left:


# %%
def look(number):
    address = current[number].values.get("address")
    print(f"checkpoint {number:>2}: {address}")


look(12)  # of 0 to 25: wrong already, so it's one of 0 to 12
look(6)  # right, so it's one of 7 to 12
look(9)  # right: 10 to 12
look(11)  # right: 12 it is

# %% [markdown]
# That took four looks. It would take five at worst here, and eight for 200 checkpoints. Reading an address
# is cheap, but asking a person "was this still right?" isn't. Number 12 is the first wrong one. Its parent
# shows what ran just before it:

# %%
culprit, last_good = current[12], current[11]
for task in last_good.tasks:
    print(f"{task.name} returned {task.result}")
print("after hearing:", last_good.values["messages"][-1].text)

# %% [markdown]
# So `note` takes any address for Ida's, even her sister's. The damage was done eleven steps before the
# lilies went out, and watching `deliver` would never have shown it.
#
# You can see it in the picture, too. Under **Branch** choose the one marked *head*. Pick **A** beside step
# 10 and **B** beside step 11, and below the rows you'll see the only difference: `address`. (Checkpoint 12
# has step 11, because steps start at -1.)

# %%
show([last_good, culprit])
timeline(graph, ida)

# %% [markdown]
# Bisecting the *list* means nothing. Here we correct the address on a new branch, and count how often it
# turns from right to wrong or back:

# %%
from itertools import groupby


def stretches(snapshots):
    good = (None, "12 Hill Road")
    right = [s.values.get("address") in good for s in snapshots]
    runs = [(key, len(list(same))) for key, same in groupby(right)]
    return [f"{'right' if key else 'wrong'} x {n}" for key, n in runs]


address = {"address": "12 Hill Road"}
corrected = graph.update_state(last_good.config, address, as_node="note")
mixed = reversed(list(graph.get_state_history(ida)))
print("list:  ", stretches(mixed))
print("branch:", stretches(branch(corrected)))

# %% [markdown]
# It turns twice here. Bisection needs exactly one turn.
#
# **Decide.** If one key shows the mistake, open the timeline and read. Bisect when no key does: a sum that
# doesn't add up, a tone that turned sour, an answer that a person has to judge. Always do it on a branch.

# %% [markdown]
# ## Replaying a checkpoint runs the nodes again and moves the thread
#
# "Replay" sounds like a film, but it's a run. LangGraph takes everything before the checkpoint from the
# database and executes everything after it. It pays for model calls, sends parcels, and asks each `interrupt`
# again.
#
# What about the past itself? We read the whole database before and after, on a connection of our own.
#
# > **Predict.** We replay Ida's *second* turn, the tulips. How many of the old rows change? Where does the
# > thread end afterwards?

# %%
import sqlite3
from contextlib import closing


def rows():
    with closing(sqlite3.connect("shop.db")) as db:
        tables = ("checkpoints", "writes")
        return {t: set(db.execute(f"select * from {t}")) for t in tables}


saved = rows()
graph.invoke(None, before("deliver", "tulips").config)
for table, now in rows().items():
    gone, new = len(saved[table] - now), len(now - saved[table])
    print(f"{table}: changed or gone {gone}, new {new}")
last = graph.get_state(ida).values["messages"][-2]
print("Ida's last words:", last.text)
print("ledger:", flowers.parcels())

# %% [markdown]
# Every old row is still there, byte for byte. The record of the past is safe, but that's no comfort to
# Ida, who now has tulips twice. And her thread ends at the tulips, because *a thread is wherever its newest
# checkpoint is*.
#
# You can put the thread back without running anything: save a copy of a checkpoint as the newest one. You
# write it in the name of a special node, `__copy__`. Ida's real conversation ended at step 28.


# %%
def put_back(snapshot):
    graph.update_state(snapshot.config, None, as_node="__copy__")


end = next(s for s in history if s.metadata["step"] == 28)
put_back(end)

head = graph.get_state(ida)
last = head.values["messages"][-2].text
print("last words:", last, "| source:", head.metadata["source"])
print("sent:  ", head.values["sent"])
print("ledger:", len(flowers.parcels()), "parcels")

# %% [markdown]
# The thread is back. Its state doesn't mention the tulips' second trip, but the courier made it all the
# same.
#
# Could we stop a replay before it reaches the courier? `interrupt_before` names nodes to stop before.
#
# > **Predict.** Two replays are both told to stop before `deliver`. One starts where `note` is due, and the
# > other where `deliver` is. How many parcels go out?


# %%
def parcels_sent_by(snapshot):
    sent = len(flowers.parcels())
    graph.invoke(None, snapshot.config, interrupt_before=["deliver"])
    return len(flowers.parcels()) - sent


for node in ("note", "deliver"):
    sent = parcels_sent_by(before(node, "tulips"))
    print(f"from before {node + ':':<8} {sent}")

# %% [markdown]
# The second one sends. `None` means "continue", and it's also how you continue a run that stopped before a
# node. So LangGraph never holds the node that a run starts with. `interrupt_before` guards nodes that the
# run comes to.
#
# **Decide.** Never replay in a customer's thread. Copy the checkpoint to a saver of its own, and give
# that graph harmless tools. If somebody did replay in the thread, put the thread back with `__copy__` at
# once.

# %% [markdown]
# ## `update_state` makes a fork: it saves a corrected child and edits nothing
#
# `update_state(config, values)` saves a *child* of the checkpoint that `config` names, and returns the
# child's config.
#
# > **Predict.** We correct the address at the checkpoint that went wrong, and then run twice: from the
# > config that we have, and from the one that `update_state` returned. Which addresses do the runs end
# > with?

# %%
saved = rows()
fork = graph.update_state(culprit.config, {"address": "12 Hill Road"})

print("old config:", graph.invoke(None, culprit.config)["address"])
print("the fork:  ", graph.invoke(None, fork)["address"])
changed = [saved[table] - now for table, now in rows().items()]
print("old rows changed:", sum(map(len, changed)))

# %% [markdown]
# The old config still names the old checkpoint, which is as wrong as ever.
#
# And the lilies? A run continues to the end of *its* turn. Later turns stay on the branch where they were
# said. So after a correction that far back you have to say them again, and `deliver` decides again, this
# time with the right address:

# %%
for text in said[3:]:
    graph.invoke({"messages": [text]}, ida)
fixed = graph.get_state(ida)
print("by the state: ", fixed.values["sent"])
print("by the ledger:", flowers.parcels())

# %% [markdown]
# Why not just correct the newest checkpoint? Here's a child of the end as it really was:

# %%
at_end = graph.update_state(end.config, {"address": "12 Hill Road"})
state = graph.get_state(at_end)
print("next:", state.next, "| address:", state.values["address"])
print("sent:", state.values["sent"])

# %% [markdown]
# Nothing is due, so `invoke(None, …)` would run nothing. The address is right from now on, but everything
# that was concluded from the wrong one is still there.
#
# One thread now has eight branches. Choose one under **Branch**, or compare the ends of the bad one and
# the fixed one:

# %%
timeline(graph, ida)

# %% [markdown]
# **Decide.** If only the future matters, correct the newest checkpoint. If conclusions have to change, fork
# *before* the first node that used the wrong value. Then run from the config that `update_state` returned.
# That costs every later turn, said again.

# %% [markdown]
# ## Input sent to an old checkpoint starts a new turn
#
# *Further: on the core path, run these cells and read only what **Decide** says.*
#
# A third call takes an old config: `invoke(input, old)`. It looks like a correction. We take the checkpoint
# where the tulips have been sent and only `reply` is due, and run it with `None` and with a message:

# %%
due = before("reply", "tulips")
for given in (None, {"messages": ["I meant roses."]}):
    steps = list(graph.stream(given, due.config, stream_mode="updates"))
    print([name for update in steps for name in update])
print([m.text for m in graph.get_state(ida).values["messages"][-3:]])

# %% [markdown]
# Input starts at `START`, on the old checkpoint's state. LangGraph forgets what was due there. The request
# for tulips never gets a reply, and the next message comes right after it. Here are the three calls:
#
# | call | what it does with the old checkpoint | use it to |
# |---|---|---|
# | `invoke(None, old)` | runs what was due, on its state | replay, away from customers |
# | `invoke(input, old)` | starts a new turn at `START`, on its state | ask "what if she had said …" |
# | `update_state(old, values)` | runs nothing, and saves a child | correct; then `invoke(None, child)` |
#
# **Decide.** Send new messages to the thread, without a checkpoint id. Send input to an old checkpoint only
# if that checkpoint ended a turn.

# %% [markdown]
# ## `update_state` goes through the reducers
#
# `address` has no reducer, so the new value replaced the old one. `messages` has one, and that matters most
# for agents. Here's a florist's agent. Its model has just asked for a tool with the wrong address, and the
# run stops before the tool:

# %%
from langchain_core.messages import AIMessage, ToolMessage
from langgraph.graph import START, MessagesState, StateGraph


def florist(state):
    call = {"name": "send", "args": {"to": "5 Elm Road"}, "id": "c1"}
    return {"messages": [AIMessage("", tool_calls=[call])]}


def tools(state):
    call = state["messages"][-1].tool_calls[0]
    done = f"sent to {call['args']['to']}"
    return {"messages": [ToolMessage(done, tool_call_id=call["id"])]}


agent = StateGraph(MessagesState).add_sequence([florist, tools])
agent = agent.add_edge(START, "florist").compile(checkpointer=saver)
home = {"configurable": {"thread_id": "agent"}}
asked = {"messages": ["Roses to my address, please."]}
agent.invoke(asked, home, interrupt_before=["tools"])
waiting = agent.get_state(home)
print(waiting.next, waiting.values["messages"][-1].tool_calls[0]["args"])

# %% [markdown]
# We correct the tool call in three ways, and run the tool each time. `broken` tells us whether a provider
# would refuse the messages that come out.

# %%
from langgraph.types import Overwrite

from course.stage import broken

wrong = waiting.values["messages"][-1]
right = [{**wrong.tool_calls[0], "args": {"to": "12 Hill Road"}}]
for label, messages in [
    ("new id   ", [AIMessage("", tool_calls=right)]),
    ("same id  ", [AIMessage("", tool_calls=right, id=wrong.id)]),
    ("Overwrite", Overwrite([AIMessage("", tool_calls=right)])),
]:
    child = agent.update_state(waiting.config, {"messages": messages})
    after = agent.invoke(None, child)["messages"]
    kinds = " ".join(m.type for m in after)
    print(f"{label} {kinds:<17} {after[-1].text}, broken: {broken(after)}")

# %% [markdown]
# All three send the roses to the right address, but only one leaves the conversation whole. `update_state`
# is a write like any node's. With a new id, `add_messages` appends: the wrong call stays in the history
# without a result, and a provider refuses that. With the same id, it replaces. `Overwrite(value)` bypasses
# any reducer. No provider objects, but the customer's question is gone.
#
# A key that doesn't exist is worse. LangGraph drops it without a word:

# %%
typo = graph.update_state(end.config, {"adress": "14 Hill Road"})
typo = graph.get_state(typo)
print("address:", typo.values["address"], "| keys:", sorted(typo.values))

# %% [markdown]
# **Decide.** To correct a message, send it again with the same id. Use `Overwrite` to replace a whole list.
# Don't write a whole state back: `operator.add` would add it to itself. Check the keys you write.

# %% [markdown]
# ## `as_node` names the node that wrote, not where to go
#
# *Further: on the core path, run these cells and read only what **Decide** says.*
#
# A checkpoint also knows which nodes are due, and that depends on who wrote last. `update_state(…,
# as_node=x)` means: pretend that node `x` has just returned this.
#
# > **Predict.** Back to the tulips, where `deliver` is due. We make the same update without `as_node`, and
# > in the name of each node. What's `next` each time? Which of these branches will send no tulips?

# %%
tulips = before("deliver", "tulips")
new = {"address": "14 Hill Road"}
for name in (None, "note", "deliver", "reply"):
    child = graph.update_state(tulips.config, new, as_node=name)
    print(f"as_node={name!s:<8} next: {graph.get_state(child).next}")

# %% [markdown]
# The last two send nothing. With `as_node="deliver"` the graph takes the update for what `deliver`
# returned, and continues with what follows. The courier is never called. With `as_node="reply"` the turn is
# over. If you read `as_node` as "go to", you get the opposite, and no error.
#
# Without `as_node`, LangGraph takes the node that wrote last, here `note`. If two nodes wrote last, it
# can't. Here the shop asks two growers for quotes at the same time, and then chooses:

# %%
import operator
from typing import Annotated, TypedDict


class Quotes(TypedDict):
    log: Annotated[list[str], operator.add]


down = set()


def grower(name):
    def ask(state):
        if name in down:
            raise ConnectionError(f"{name} isn't answering")
        return {"log": [f"{name}: 40"]}

    return ask


# %%
def choose(state):
    return {"log": ["chosen"]}


def thread(name, **more):
    return {"configurable": {"thread_id": name, **more}}


builder = StateGraph(Quotes).add_node("north", grower("north"))
builder.add_node("south", grower("south")).add_node(choose)
builder.add_edge(START, "north").add_edge(START, "south")
builder.add_edge(["north", "south"], "choose")
market = builder.compile(checkpointer=saver)

asters = thread("asters")
print(market.invoke({"log": ["asters"]}, asters)["log"])

# %%
due = (s for s in market.get_state_history(asters) if s.next)
quoted = next(s for s in due if s.next == ("choose",))
for name in (None, "west", "south"):
    try:
        new = {"log": ["east: 30"]}
        market.update_state(quoted.config, new, as_node=name)
        print(f"as_node={name}: saved")
    except Exception as problem:
        print(f"as_node={name}: {type(problem).__name__}: {problem}")

# %% [markdown]
# **Decide.** Always name the writer. To skip a node, write in its name. To make a node run, write in the
# name of the node before it.

# %% [markdown]
# ## Filling in a failed node by hand discards its neighbours' results
#
# *Further: on the core path, run these cells and read only what **Decide** says.*
#
# On another day the southern grower doesn't answer. The northern one did, and LangGraph saved that result:
# it's pending on the checkpoint that waits. Somebody phones the southern grower and gets a price.
#
# > **Predict.** We enter that price as what `south` returned. What does `choose` see?

# %%
down.add("south")
roses = thread("roses")
try:
    market.invoke({"log": ["roses"]}, roses)
except ConnectionError as problem:
    print("ConnectionError:", problem)

waiting = market.get_state(roses)
print("by name:  ", waiting.values["log"], "next:", waiting.next)
by_id = market.get_state(waiting.config)
print("by its id:", by_id.values["log"])

# %%
by_phone = {"log": ["south: 35, by telephone"]}
market.update_state(roses, by_phone, as_node="south")
state = market.get_state(roses)
print(state.values["log"], "next:", state.next)
print(market.invoke(None, roses)["log"])

# %% [markdown]
# `choose` never runs. The update made a new checkpoint, and the northern result is still pending on the old
# one. `choose` waits for both growers, and `north` now counts as not heard. So nothing is due: `next` is
# `()`, as if everything were done, and there's no error.
#
# The two readings differ for the same reason. `get_state` without an id shows the thread as it would
# continue, with pending results merged in. With an id, and in the history, it shows the checkpoint as it
# was saved.
#
# `tasks` tells you what has finished:

# %%
for task in waiting.tasks:
    print(task.name, "|", task.result, "|", task.error)

# %% [markdown]
# **Decide.** If nothing ran beside the failed node, `update_state` is enough. Otherwise use
# `bulk_update_state`, which enters the results of several nodes as one step. One of the exercises is about
# exactly that, and about what's left to do if a join had started the node.

# %% [markdown]
# ## A wrong `checkpoint_id` starts over with an empty state
#
# *Further: on the core path, run these cells and read only what **Decide** says.*
#
# Sooner or later somebody runs from a checkpoint that isn't there: a config from a log, a row that was
# cleaned away, an id from the test system.
#
# > **Predict.** We put Ida's thread back to the end of the fixed branch. Then we send one message with a
# > checkpoint id that doesn't exist. Which of these calls raises? And what's in her thread after that?

# %%
put_back(fixed)
nowhere = "1f000000-0000-6000-8000-000000000000"
ghost = thread("ida", checkpoint_id=nowhere)


def count(when):
    messages = graph.get_state(ida).values["messages"]
    print(f"{when}: {len(messages)} messages")


count("before")
print("read:  ", graph.get_state(ghost).values)
answer = graph.invoke({"messages": ["Any news?"]}, ghost)
print("run:   ", answer["messages"][-1].text)
count("after")

# %% [markdown]
# None of them raises. The run started with an empty state *inside her thread*, and it's now the newest
# checkpoint, so her next message continues from there. Her history is complete, but the shop has never heard
# of her.
#
# A checkpoint that exists has `metadata`, and a ghost has `None`. A config that you write by hand fails in
# yet another way:

# %%
print("metadata of a ghost:", graph.get_state(ghost).metadata)

point = fixed.config["configurable"]["checkpoint_id"]
for more in ({}, {"checkpoint_ns": ""}):
    config = thread("ida", checkpoint_id=point, **more)
    try:
        graph.update_state(config, {"address": "12 Hill Road"})
        count("put back")
    except KeyError as problem:
        print("KeyError:", problem)

# %% [markdown]
# With an id, `SqliteSaver` also needs the namespace before it saves an update: `"checkpoint_ns": ""` is the
# graph itself. A snapshot's own `config` has all three.
#
# **Decide.** Take configs from snapshots. If an id comes from anywhere else, check `metadata` before you
# run. That costs one read.

# %% [markdown]
# ## A subgraph replays from its start unless it has `checkpointer=True`
#
# *Further: on the core path, run these cells and read only what **Decide** says.*
#
# What's that namespace for? A graph that's a node of another keeps its checkpoints in the same thread, under
# another `checkpoint_ns`. Binding a bouquet takes three steps:

# %%
ran = []


def step(name):
    def work(state):
        ran.append(name)
        return {"did": name}

    return work


class Work(TypedDict):
    did: str


bind = [(name, step(name)) for name in ("cut", "tie", "wrap")]
bind = StateGraph(Work).add_sequence(bind).add_edge(START, "cut")


def bench_with(bind):
    pick, label = ("pick", step("pick")), ("label", step("label"))
    builder = StateGraph(Work).add_sequence([pick, ("bind", bind), label])
    return builder.add_edge(START, "pick").compile(checkpointer=saver)


# %% [markdown]
# The subgraph's history is in the `tasks` of the checkpoint that waits for it. We take the checkpoint after
# `cut`, where `tie` is due, and run from there:


# %%
def inside(bench, name):
    outer = bench.get_state_history(thread(name))
    return next(s for s in outer if s.next == ("bind",)).tasks[0].state


def replay_from_tie(bench, name):
    bench.invoke({"did": "nothing"}, thread(name))
    inner = bench.get_state_history(inside(bench, name))
    before_tie = next(s for s in inner if s.next == ("tie",))
    ran.clear()
    bench.invoke(None, before_tie.config)
    return ran


bench = bench_with(bind.compile())
print("compile():                 ", replay_from_tie(bench, "plain"))
keeping = bench_with(bind.compile(checkpointer=True))
print("compile(checkpointer=True):", replay_from_tie(keeping, "kept"))

# %% [markdown]
# A plain subgraph starts from its beginning, so `cut` runs again, with everything that it does outside
# (it's a [known limitation](https://github.com/langchain-ai/langgraph/issues/8458)). With
# `checkpointer=True` it starts where you ask. The timeline draws a subgraph's history, too:

# %%
timeline(bench, inside(bench, "plain"))

# %% [markdown]
# **Decide.** Use `checkpointer=True` if you need to go back *into* a subgraph. The price: its namespace is
# then just `bind`, so its state carries over from one run of the thread to the next. Otherwise make the
# step a node of the outer graph.

# %% [markdown]
# ## Time travel doesn't rewind the store or the outside world
#
# The shop learns. It keeps each customer's address in a *store*, which all threads share. Ben moves from
# Mill Lane to Elm Road. That was a mistake, so we put the thread back to the end of the first visit:

# %%
from langgraph.store.memory import InMemoryStore

store, here = InMemoryStore(), (("customers",), "ben")


class Visit(Work):
    address: str
    journal: Annotated[list[dict], operator.add]


def remember(state):
    held = store.get(*here)
    store.put(*here, {"address": state["address"]})
    return {"journal": [{"before": held and held.value}]}


visits = StateGraph(Visit).add_node(remember).add_edge(START, "remember")
visits = visits.compile(checkpointer=saver, store=store)

# %%
ben = thread("ben")
visits.invoke({"address": "1 Mill Lane"}, ben)
good = visits.get_state(ben)
visits.invoke({"address": "9 Elm Road"}, ben)
journal = visits.get_state(ben).values["journal"]

visits.update_state(good.config, None, as_node="__copy__")
print("thread:", visits.get_state(ben).values["address"])
print("store: ", store.get(*here).value["address"])
print("left in the journal:", visits.get_state(ben).values["journal"])

# %% [markdown]
# A checkpoint holds the state of one thread. It doesn't hold the store, although we gave the store to
# `compile`, and it doesn't hold the courier's ledger, a bank, or a mailbox. Time travel moves a pointer. You
# have to *compensate* for what was done outside:
#
# ```mermaid
# flowchart LR
#     accTitle: Undoing a turn
#     accDescr: The journal is read first, courier and store are put right, and the thread moves last.
#     a["read the journal of<br>the newest checkpoint"] --> b["courier:<br>fetch the parcel"]
#     b --> c["store:<br>put back what it was"] --> d["thread: copy the<br>good checkpoint"]
# ```
#
# You have to prepare for that, as `remember` does: a node that changes something outside also *returns*
# what was there before. We kept a copy of that journal. A real program reads it from the newest
# checkpoint, and moving the thread first would have lost it:

# %%
store.put(*here, journal[-1]["before"])

print("thread:", visits.get_state(ben).values["address"])
print("store: ", store.get(*here).value["address"])

# %% [markdown]
# **Decide.** Every node that acts outside needs a journal entry. Undo in this order: the world, the
# store, and the thread last. It costs one small list in the state. Some things stay done anyway: the
# tulips are in Ida's vase.

# %% [markdown]
# ## What to remember
#
# 1. To look, read: the history, its `tasks`, the timeline. `invoke(None, old)` runs, and moves the thread.
# 2. The history is a tree. A branch is its end and the parents. Bisect a branch, never the list.
# 3. `update_state` saves a child, through the reducers. No old row changes. Run from the config it returns.
# 4. `as_node` says who has just written. The new checkpoint doesn't have its neighbours' pending results.
# 5. Only the thread goes back. Compensate in the store and the world first, and move the thread last.
#
# ## The mistakes of this lesson
#
# | what it looked like | what it was |
# |---|---|
# | two parcels after a look at the past | a replay executes nodes |
# | the customer's last words are gone | a thread follows its newest checkpoint, even a replay's |
# | a parcel in spite of `interrupt_before` | the run started with that node |
# | the correction was saved but not used | the run used the old config, not the fork's |
# | two tool calls, one without a result | the corrected message had a new id, so the reducer appended it |
# | `next == ()`, and nothing was chosen | an update by hand discarded a pending result |
# | a customer unknown in her own thread | a `checkpoint_id` that isn't there |
#
# ## From here
#
# - [The exercises](exercises.ipynb) of this module: a warm-up, five functions to build, and one question to
#   answer in your own words.
# - Next module: [remembering, and forgetting](../07_memory/lesson.ipynb).
# - In JupyterLab, the timelines above have **Fork from here**. It makes the same calls as this lesson, and it
#   really runs them.
# - LangGraph's own pages on [time travel](https://docs.langchain.com/oss/python/langgraph/use-time-travel),
#   and on [the same calls over its server](https://docs.langchain.com/langsmith/human-in-the-loop-time-travel).
