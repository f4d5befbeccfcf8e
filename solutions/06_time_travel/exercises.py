# %% [markdown]
# # Exercises: debugging backwards
#
# Five functions to write, and one question to answer in words. Each prompt says exactly what is graded.
#
# 1. Write in the cell under the prompt, and run it.
# 2. Run the `check` cell below it. It runs the public tests on your function and says what each one saw.
# 3. Stuck? `hint("find_the_culprit")` shows one hint more each time you call it.
#
# Your grade comes from these tests and a few more of the same kind, always with other names, texts and
# numbers. Nothing here needs a network or an API key.

# %%
from collections.abc import Callable
from typing import Any, TypedDict

from langchain_core.messages import AnyMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.store.base import BaseStore
from langgraph.types import StateSnapshot, StateUpdate

from course import check, hint, timeline

# %% [markdown]
# ## Find the culprit
#
# The books of a long-lived thread are off by 31 cents. The thread is months old, colleagues have forked it,
# corrected it and left branches behind, and 200 checkpoints lie in one list. Somewhere in there the sum went wrong, and
# it has been wrong ever since. An auditor can say of any one state whether it is right; she needs half an hour for each.
#
# `find_the_culprit(graph, thread_id, is_bad)` returns the id of the first checkpoint that is bad, a string.
#
# - The *current branch* is the thread's newest checkpoint, the one it came out of, and so on to the first.
#   Only this branch counts. What is right or wrong on branches that were left says nothing about it.
# - `is_bad(values)` takes the state of a checkpoint and returns `True` or `False`. On the current branch it is
#   `False` up to some checkpoint, and `True` from there on. The newest checkpoint is bad: that is how it was noticed.
# - A branch has at most 200 checkpoints, and `is_bad` may be called at most 8 times.
#
# ```python
# def is_bad(values):                      # half an hour
#     return sum(values.get("lines", [])) != values.get("total", 0)
#
#
# find_the_culprit(graph, "books", is_bad)     # '1f0c8e52-6a3b-6e1c-8031-5f2f1c9f6a77'
# ```
#
# **Graded:** the id, in a history of about 200 checkpoints with branches that were left, some of them bad; how
# often the auditor was asked; a culprit that is a correction by hand, one that came before the branches
# parted, and one at either end of a short thread.


# %% exercise="find_the_culprit"
def find_the_culprit(
    graph: CompiledStateGraph, thread_id: str, is_bad: Callable[[dict[str, Any]], bool]
) -> str:
    """Return the id of the first bad checkpoint on the thread's current branch."""
    ### BEGIN SOLUTION
    snapshot = graph.get_state({"configurable": {"thread_id": thread_id}})
    branch = [snapshot]
    while snapshot.parent_config:
        snapshot = graph.get_state(snapshot.parent_config)
        branch.append(snapshot)
    branch.reverse()

    first, last = 0, len(branch) - 1  # the culprit is one of these, or between them
    while first < last:
        middle = (first + last) // 2
        if is_bad(branch[middle].values):
            last = middle
        else:
            first = middle + 1
    return branch[first].config["configurable"]["checkpoint_id"]
    ### END SOLUTION


# %% [markdown] exercise="find_the_culprit" tags=["hint"]
# With one question you can rule out half of the candidates, if they are in an order in which good never
# comes after bad. Is the list that `get_state_history` gives in such an order? What is?

# %% [markdown] exercise="find_the_culprit" tags=["hint"]
# `graph.get_state(thread)` is the newest checkpoint, and `graph.get_state(snapshot.parent_config)` the one that a
# checkpoint came out of; the first has no `parent_config`. The id stands in
# `snapshot.config["configurable"]["checkpoint_id"]`. Python's `bisect` module takes a `key=`.

# %% [markdown] exercise="find_the_culprit" tags=["hint"]
# ```python
# branch = …                                  # oldest first, parents only
# first, last = …                             # the culprit is one of these, or between them
# while …:
#     middle = …
#     if is_bad(branch[middle].values):
#         …                                   # can the middle itself be the culprit?
#     else:
#         …                                   # and can it here?
# return …
# ```


# %% exercise="find_the_culprit" tags=["near-miss"] says="on a branch that the thread has left"
def find_the_culprit(graph, thread_id, is_bad):
    # The history is one line, newest first.
    history = list(graph.get_state_history({"configurable": {"thread_id": thread_id}}))[::-1]
    first, last = 0, len(history) - 1
    while first < last:
        middle = (first + last) // 2
        if is_bad(history[middle].values):
            last = middle
        else:
            first = middle + 1
    return history[first].config["configurable"]["checkpoint_id"]


# %% exercise="find_the_culprit" tags=["near-miss"] says="step numbers repeat"
def find_the_culprit(graph, thread_id, is_bad):
    history = graph.get_state_history({"configurable": {"thread_id": thread_id}})
    by_step = {snapshot.metadata["step"]: snapshot for snapshot in history}  # one checkpoint for each step
    first, last = min(by_step), max(by_step)
    while first < last:
        middle = (first + last) // 2
        if is_bad(by_step[middle].values):
            last = middle
        else:
            first = middle + 1
    return by_step[first].config["configurable"]["checkpoint_id"]


# %% exercise="find_the_culprit" tags=["near-miss"] says="of half an hour each"
def find_the_culprit(graph, thread_id, is_bad):
    snapshot = graph.get_state({"configurable": {"thread_id": thread_id}})
    while snapshot.parent_config:
        parent = graph.get_state(snapshot.parent_config)
        if not is_bad(parent.values):  # back, one by one, until it is right
            break
        snapshot = parent
    return snapshot.config["configurable"]["checkpoint_id"]


# %% exercise="find_the_culprit" tags=["near-miss"] says="the last good one"
def find_the_culprit(graph, thread_id, is_bad):
    snapshot = graph.get_state({"configurable": {"thread_id": thread_id}})
    branch = [snapshot]
    while snapshot.parent_config:
        snapshot = graph.get_state(snapshot.parent_config)
        branch.insert(0, snapshot)
    good, bad = 0, len(branch) - 1
    while bad - good > 1:
        middle = (good + bad) // 2
        if is_bad(branch[middle].values):
            bad = middle
        else:
            good = middle
    return branch[good].config["configurable"]["checkpoint_id"]  # what ran here broke it


# %% exercise="find_the_culprit" tags=["near-miss"] says="a value of type StateSnapshot"
def find_the_culprit(graph, thread_id, is_bad):
    snapshot = graph.get_state({"configurable": {"thread_id": thread_id}})
    branch = [snapshot]
    while snapshot.parent_config:
        snapshot = graph.get_state(snapshot.parent_config)
        branch.insert(0, snapshot)
    first, last = 0, len(branch) - 1
    while first < last:
        middle = (first + last) // 2
        first, last = (first, middle) if is_bad(branch[middle].values) else (middle + 1, last)
    return branch[first]  # whoever has the checkpoint has its id


# %% exercise="find_the_culprit" tags=["alternative"]
from bisect import bisect_left


def find_the_culprit(graph, thread_id, is_bad):
    """One reading of the history, a table of parents, and the library's bisection."""
    thread = {"configurable": {"thread_id": thread_id}}
    known = {s.config["configurable"]["checkpoint_id"]: s for s in graph.get_state_history(thread)}
    branch, at = [], max(known)
    while at in known:
        branch.append(at)
        parent = known[at].parent_config or {}
        at = parent.get("configurable", {}).get("checkpoint_id")
    branch.reverse()
    return branch[bisect_left(branch, True, hi=len(branch) - 1, key=lambda id: is_bad(known[id].values))]


# %% exercise="find_the_culprit" tags=["alternative"]
def find_the_culprit(graph, thread_id, is_bad):
    """By halves, downwards, on what the saver knows; `get_state` is asked only about the middles."""
    saved = graph.checkpointer.get_tuple({"configurable": {"thread_id": thread_id}})
    configs = []
    while saved:
        configs.append(saved.config)
        saved = graph.checkpointer.get_tuple(saved.parent_config) if saved.parent_config else None

    def search(candidates):
        """Newest first; the first of them is known to be bad."""
        if len(candidates) == 1:
            return candidates[0]["configurable"]["checkpoint_id"]
        middle = len(candidates) // 2
        bad = is_bad(graph.get_state(candidates[middle]).values)
        return search(candidates[middle:] if bad else candidates[:middle])

    return search(configs)


# %% [markdown]
# ## Fork with a correction
#
# A shop's voice desk wrote down "two *paddles*" where the customer had said "two *saddles*". Three turns later
# the paddles were on their way. The desk wants the conversation to go on as if the sentence had been
# understood, and the auditor wants every word that was written and answered to stay as it was saved.
#
# `fork_with_correction(graph, thread_id, message_id, text)` makes a branch in which the message `message_id`
# has the text `text`, runs the graph on from there to the end of that turn, and returns the state that this
# run ends in.
#
# - `graph` is compiled with a saver. Its state is `MessagesState`, or has more keys than that. It runs one node after
#   the other; what its nodes are called and do, you do not know. Each message has an id, and the thread's runs are over.
# - The *current branch* of a thread is its newest checkpoint and what that came out of, one parent after
#   the other. The new branch leaves it at the oldest of its checkpoints which holds the message.
# - The corrected message keeps its id, its kind and its place. Any message can be the wrong one: the customer's,
#   a reply, the result of a tool.
# - Nodes that had run before that checkpoint do not run again; those after it run on the corrected
#   conversation. Later turns stay on the old branch.
#
# ```python
# # saved, with two more turns: m1 "2 paddles", m2 "In stock: 9.", m3 "I offer: 2 paddles / In stock: 9."
# state = fork_with_correction(graph, "call", "m1", "2 saddles")
# [message.text for message in state["messages"]]
# # ['2 saddles', 'In stock: 0.', 'I refuse: 2 saddles / In stock: 0.']
# ```
#
# **Graded:** a customer's message is corrected in the middle of a conversation; so is a tool's result, on which
# the graph's way depends; each row that the database held is still there, byte for byte, and the branch leaves from
# the right checkpoint; a thread that was forked before, where a message of the same id stands in both branches.


# %% exercise="fork_with_correction"
def fork_with_correction(
    graph: CompiledStateGraph, thread_id: str, message_id: str, text: str
) -> dict[str, Any]:
    """Go on from where the message first stood, with `text` in it; return the state that this leads to."""
    ### BEGIN SOLUTION
    thread = {"configurable": {"thread_id": thread_id}}

    def find(snapshot: StateSnapshot) -> AnyMessage | None:
        messages = snapshot.values.get("messages", [])
        return next((message for message in messages if message.id == message_id), None)

    snapshot = graph.get_state(thread)
    while snapshot.parent_config and find(parent := graph.get_state(snapshot.parent_config)):
        snapshot = parent
    right = find(snapshot).model_copy(update={"content": text})
    # The reducer of `messages` replaces the message that has this id. The old checkpoint is only the parent.
    fork = graph.update_state(snapshot.config, {"messages": [right]})
    return graph.invoke(None, fork)
    ### END SOLUTION


# %% [markdown] exercise="fork_with_correction" tags=["hint"]
# A saved checkpoint is never edited. You can only save another one that came out of it. So which
# checkpoint should the corrected one have as its parent, if every node that saw the wrong text is to run again,
# and no other? And how does the reducer of `messages` tell a correction from a new message?

# %% [markdown] exercise="fork_with_correction" tags=["hint"]
# `graph.get_state(snapshot.parent_config)` is one step back on the branch. `graph.update_state(config, values)`
# with the config of an old checkpoint saves a child of it and returns the child's config. `add_messages` replaces a
# message where the new one has the same id. `graph.invoke(None, config)` runs on from a checkpoint.

# %% [markdown] exercise="fork_with_correction" tags=["hint"]
# ```python
# snapshot = graph.get_state({"configurable": {"thread_id": thread_id}})
# while …:                                   # does the parent hold the message as well?
#     snapshot = graph.get_state(snapshot.parent_config)
# wrong = …
# right = wrong.model_copy(update={"content": …})
# fork = graph.update_state(…, {"messages": [right]})
# return graph.invoke(None, …)               # from which of the two checkpoints?
# ```


# %% exercise="fork_with_correction" tags=["near-miss"] says="what followed from the wrong text still stands"
def fork_with_correction(graph, thread_id, message_id, text):
    thread = {"configurable": {"thread_id": thread_id}}
    messages = graph.get_state(thread).values["messages"]
    wrong = next(message for message in messages if message.id == message_id)
    # `update_state` puts the history right.
    graph.update_state(thread, {"messages": [wrong.model_copy(update={"content": text})]})
    return graph.invoke(None, thread) or graph.get_state(thread).values


# %% exercise="fork_with_correction" tags=["near-miss"] says="has another id, so it was appended"
def fork_with_correction(graph, thread_id, message_id, text):
    thread = {"configurable": {"thread_id": thread_id}}
    first = None
    snapshot = graph.get_state(thread)
    while any(message.id == message_id for message in snapshot.values.get("messages", [])):
        first = snapshot
        snapshot = graph.get_state(snapshot.parent_config)
    # The update says what `messages` should hold, so the wrong one is gone.
    fork = graph.update_state(first.config, {"messages": [HumanMessage(text)]})
    return graph.invoke(None, fork)


# %% exercise="fork_with_correction" tags=["near-miss"] says="and is a `HumanMessage` now"
def fork_with_correction(graph, thread_id, message_id, text):
    first, snapshot = None, graph.get_state({"configurable": {"thread_id": thread_id}})
    while any(message.id == message_id for message in snapshot.values.get("messages", [])):
        first, snapshot = snapshot, graph.get_state(snapshot.parent_config)
    # The id says which message it is; the rest is its text.
    fork = graph.update_state(first.config, {"messages": [HumanMessage(text, id=message_id)]})
    return graph.invoke(None, fork)


# %% exercise="fork_with_correction" tags=["near-miss"] says="the correction was saved, and the run did not use it"
def fork_with_correction(graph, thread_id, message_id, text):
    thread = {"configurable": {"thread_id": thread_id}}
    first = None
    snapshot = graph.get_state(thread)
    while wrong := [m for m in snapshot.values.get("messages", []) if m.id == message_id]:
        first = snapshot
        snapshot = graph.get_state(snapshot.parent_config)
        right = wrong[0].model_copy(update={"content": text})
    graph.update_state(first.config, {"messages": [right]})
    return graph.invoke(None, first.config)  # the checkpoint that has just been edited


# %% exercise="fork_with_correction" tags=["near-miss"] says="begins a new turn at `START`"
def fork_with_correction(graph, thread_id, message_id, text):
    thread = {"configurable": {"thread_id": thread_id}}
    first = None
    snapshot = graph.get_state(thread)
    while wrong := [m for m in snapshot.values.get("messages", []) if m.id == message_id]:
        first = snapshot
        snapshot = graph.get_state(snapshot.parent_config)
        right = wrong[0].model_copy(update={"content": text})
    # Send the corrected message to the old checkpoint.
    return graph.invoke({"messages": [right]}, first.config)


# %% exercise="fork_with_correction" tags=["near-miss"] says="the record of what was really said"
def fork_with_correction(graph, thread_id, message_id, text):
    thread = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
    first = None
    # A wrong text is wrong in each checkpoint, so it is put right in each.
    for saved in list(graph.checkpointer.list(thread)):
        for message in saved.checkpoint["channel_values"].get("messages", []):
            if message.id == message_id:
                message.content, first = text, saved
        graph.checkpointer.put(saved.parent_config or thread, saved.checkpoint, saved.metadata, {})
    return graph.invoke(None, first.config)


# %% exercise="fork_with_correction" tags=["near-miss"] says="on the branch that the thread had left"
def fork_with_correction(graph, thread_id, message_id, text):
    holding = [
        snapshot
        for snapshot in graph.get_state_history({"configurable": {"thread_id": thread_id}})
        if any(message.id == message_id for message in snapshot.values.get("messages", []))
    ]
    oldest = holding[-1]  # the list is the history, newest first
    wrong = next(message for message in oldest.values["messages"] if message.id == message_id)
    fork = graph.update_state(oldest.config, {"messages": [wrong.model_copy(update={"content": text})]})
    return graph.invoke(None, fork)


# %% exercise="fork_with_correction" tags=["alternative"]
from langgraph.types import Overwrite


def fork_with_correction(graph, thread_id, message_id, text):
    """The branch by a table of parents, and the whole list of messages is overwritten."""
    thread = {"configurable": {"thread_id": thread_id}}
    snapshots = {s.config["configurable"]["checkpoint_id"]: s for s in graph.get_state_history(thread)}
    branch, at = [], max(snapshots)
    while at:
        branch.append(snapshots[at])
        parent = snapshots[at].parent_config
        at = parent and parent["configurable"]["checkpoint_id"]
    oldest = next(s for s in reversed(branch) if message_id in {m.id for m in s.values.get("messages", [])})
    messages = [
        m.model_copy(update={"content": text}) if m.id == message_id else m for m in oldest.values["messages"]
    ]
    graph.update_state(oldest.config, {"messages": Overwrite(messages)})
    return graph.invoke(None, thread)  # the correction is the newest checkpoint of the thread


# %% exercise="fork_with_correction" tags=["alternative"]
def fork_with_correction(graph, thread_id, message_id, text):
    """The saver is asked, step by step, and the run is streamed."""
    saver = graph.checkpointer
    saved, wrong = saver.get_tuple({"configurable": {"thread_id": thread_id}}), None
    while saved:
        messages = saved.checkpoint["channel_values"].get("messages", [])
        found = [message for message in messages if message.id == message_id]
        if not found:
            break
        (wrong,), config = found, saved.config
        saved = saver.get_tuple(saved.parent_config) if saved.parent_config else None
    right = type(wrong)(**{**dict(wrong), "content": text})
    fork = graph.update_state(config, {"messages": right})
    *_, last = graph.stream(None, fork, stream_mode="values")
    return last


# %% [markdown]
# ## Act as a node
#
# The bank's gateway was down on Friday night, so `charge` raised and an order's run stopped there. A colleague
# took the money by phone and holds the receipt. Now the order must go on: as if `charge` had returned that
# receipt, without charging again, without packing again what was packed meanwhile, and without skipping what comes after.
#
# `as_if_node(graph, thread_id, node, result)` enters `result` as what `node` returned, runs the graph on to the end,
# and returns the state then.
#
# - The thread waits for `node`: its last run ended because `node` raised, or was stopped before it.
# - Other nodes may have run beside `node`, in the same super-step. They finished, and what they returned is saved
#   with the checkpoint that waits. It counts as it would if `node` had not failed: what follows such a node runs,
#   too. In which order such results are added up does not matter.
# - No node returns a `Command`; ways are edges and conditional edges.
# - Neither `node` nor any node that has finished runs again. The nodes after it do, on the way that the graph takes
#   after such a result.
# - Where the thread does not wait for `node`, raise `ValueError`; save nothing and run nothing.
#
# ```python
# # check → charge and pack, beside each other → settle → ship; `charge` raised
# as_if_node(graph, "order-12", "charge", {"log": ["receipt 881"], "outcome": "paid"})
# # {'log': ['check', 'pack', 'receipt 881', 'settle', 'ship'], 'outcome': 'paid'}
# ```
#
# **Graded:** which nodes run, and the state in the end, where the result decides the way; the same where other
# nodes ran beside, which are joined with `node` or have followers of their own; a thread of several runs that was
# stopped before the node; a thread that does not wait for the node, because it waits for another or for none. Two
# nodes that failed in one step, and a way that leads back to `node`, are not graded.


# %% exercise="as_if_node"
def as_if_node(
    graph: CompiledStateGraph, thread_id: str, node: str, result: dict[str, Any]
) -> dict[str, Any]:
    """Go on as if `node`, for which the thread waits, had returned `result`; return the state at the end."""
    ### BEGIN SOLUTION
    thread = {"configurable": {"thread_id": thread_id}}
    snapshot = graph.get_state(thread)
    if node not in snapshot.next:
        raise ValueError(f"thread {thread_id!r} does not wait for {node!r}, but for {snapshot.next}")
    # An update by hand drops what the other tasks of this checkpoint saved: enter that as well, in the same step.
    beside = [StateUpdate(task.result, task.name) for task in snapshot.tasks if task.name != node]
    graph.bulk_update_state(thread, [[*beside, StateUpdate(result, node)]])
    return graph.invoke(None, thread)
    ### END SOLUTION


# %% [markdown] exercise="as_if_node" tags=["hint"]
# `update_state` saves a checkpoint in which somebody has just written. Who wrote decides what comes next. Is
# `as_node` the name of the one who wrote, or of the one who is to run? And the tasks that ran beside: their
# results hang on the checkpoint that waits, so what becomes of them when another checkpoint takes its place?

# %% [markdown] exercise="as_if_node" tags=["hint"]
# `graph.get_state(config)` has `.next`, the nodes that the thread waits for, and `.tasks`; a task has `.name` and, if it
# finished, `.result`. `update_state(config, values, as_node=…)` enters the result of one node.
# `bulk_update_state(config, [[StateUpdate(values, as_node), …]])` enters those of several in one step.

# %% [markdown] exercise="as_if_node" tags=["hint"]
# ```python
# snapshot = graph.get_state({"configurable": {"thread_id": thread_id}})
# if …:
#     raise ValueError(…)
# beside = [StateUpdate(…, …) for task in snapshot.tasks if …]
# graph.bulk_update_state(…, [[*beside, StateUpdate(…, …)]])
# return graph.invoke(…, …)
# ```


# %% exercise="as_if_node" tags=["near-miss"] says="was skipped: `as_node` names"
def as_if_node(graph, thread_id, node, result):
    thread = {"configurable": {"thread_id": thread_id}}
    if node not in graph.get_state(thread).next:
        raise ValueError(node)
    following = next(edge.target for edge in graph.get_graph().edges if edge.source == node)
    graph.update_state(thread, result, as_node=following)  # write this, and go to the node after it
    return graph.invoke(None, thread)


# %% exercise="as_if_node" tags=["near-miss"] says="was taken for the result of the node before"
def as_if_node(graph, thread_id, node, result):
    thread = {"configurable": {"thread_id": thread_id}}
    if node not in graph.get_state(thread).next:
        raise ValueError(node)
    graph.update_state(thread, result)  # the state has the receipt now, so the run can go on
    return graph.invoke(None, thread)


# %% exercise="as_if_node" tags=["near-miss"] says="what ran beside it is lost"
def as_if_node(graph, thread_id, node, result):
    thread = {"configurable": {"thread_id": thread_id}}
    if node not in graph.get_state(thread).next:
        raise ValueError(node)
    graph.update_state(thread, result, as_node=node)  # what is saved for the other nodes stays saved
    return graph.invoke(None, thread)


# %% exercise="as_if_node" tags=["near-miss"] says="does not take the place of what waits"
from langgraph.types import Command


def as_if_node(graph, thread_id, node, result):
    thread = {"configurable": {"thread_id": thread_id}}
    if node not in graph.get_state(thread).next:
        raise ValueError(node)
    following = next(edge.target for edge in graph.get_graph().edges if edge.source == node)
    return graph.invoke(Command(update=result, goto=following), thread)  # jump over it


# %% exercise="as_if_node" tags=["near-miss"] says="began a new run at `START`"
def as_if_node(graph, thread_id, node, result):
    thread = {"configurable": {"thread_id": thread_id}}
    if node not in graph.get_state(thread).next:
        raise ValueError(node)
    return graph.invoke(result, thread)  # the run picks up where it stopped, with the receipt


# %% exercise="as_if_node" tags=["near-miss"] says="does not wait for"
def as_if_node(graph, thread_id, node, result):
    thread = {"configurable": {"thread_id": thread_id}}
    # LangGraph would raise if it made no sense to act as this node now.
    beside = [
        StateUpdate(task.result, task.name) for task in graph.get_state(thread).tasks if task.name != node
    ]
    graph.bulk_update_state(thread, [[*beside, StateUpdate(result, node)]])
    return graph.invoke(None, thread)


# %% exercise="as_if_node" tags=["near-miss"] says="is a step of its own"
def as_if_node(graph, thread_id, node, result):
    thread = {"configurable": {"thread_id": thread_id}}
    snapshot = graph.get_state(thread)
    if node not in snapshot.next:
        raise ValueError(node)
    for task in snapshot.tasks:  # first what was there first, and then what came by phone
        if task.name != node:
            graph.update_state(thread, task.result, as_node=task.name)
    graph.update_state(thread, result, as_node=node)
    return graph.invoke(None, thread)


# %% exercise="as_if_node" tags=["near-miss"] says="due is due no longer"
def as_if_node(graph, thread_id, node, result):
    thread = {"configurable": {"thread_id": thread_id}}
    snapshot = graph.get_state(thread)
    if node not in snapshot.next:
        raise ValueError(node)
    graph.update_state(thread, result, as_node=node)
    for task in snapshot.tasks:  # the others are read from the snapshot, so they are still known
        if task.name != node:
            graph.update_state(thread, task.result, as_node=task.name)
    return graph.invoke(None, thread)


# %% exercise="as_if_node" tags=["near-miss"] says="with the text 'No updates provided'"
def as_if_node(graph, thread_id, node, result):
    thread = {"configurable": {"thread_id": thread_id}}
    snapshot = graph.get_state(thread)
    if node not in snapshot.next:
        raise ValueError(node)
    beside = [StateUpdate(task.result, task.name) for task in snapshot.tasks if task.name != node]
    graph.bulk_update_state(thread, [beside, [StateUpdate(result, node)]])  # there may be none beside
    return graph.invoke(None, thread)


# %% exercise="as_if_node" tags=["alternative"]
def as_if_node(graph, thread_id, node, result):
    """The tasks of the step, each with its result, are entered in their own order; the run is streamed."""
    thread = {"configurable": {"thread_id": thread_id}}
    tasks = {task.name: task.result for task in graph.get_state(thread).tasks}
    if node not in tasks or tasks[node] is not None:
        raise ValueError(f"{node} is not waited for")
    tasks[node] = result
    graph.bulk_update_state(thread, [[StateUpdate(values, name) for name, values in tasks.items()]])
    for _ in graph.stream(None, thread):
        pass
    return graph.get_state(thread).values


# %% exercise="as_if_node" tags=["alternative"]
import copy
import dataclasses

from langchain_core.runnables import RunnableLambda


def as_if_node(graph, thread_id, node, result):
    """Nothing is written by hand: the same graph, in which this one node only returns the result, goes on."""
    thread = {"configurable": {"thread_id": thread_id}}
    if node not in graph.get_state(thread).next:
        raise ValueError(f"{node} is not waited for")
    builder = copy.copy(graph.builder)
    stand_in = dataclasses.replace(builder.nodes[node], runnable=RunnableLambda(lambda state: result))
    builder.nodes = {**builder.nodes, node: stand_in}
    return builder.compile(checkpointer=graph.checkpointer).invoke(None, thread)


# %% [markdown]
# ## Replay safely
#
# The auditor asks: had the new refund policy been in force in March, what would this customer have been told?
# The answer is one replay away: the thread is saved, and `graph.invoke(None, old_config)` runs it again. The
# last colleague who did that paid 212 refunds twice, and the customers' next messages were answered as if the
# new policy had always been there.
#
# `safe_replay(graph, thread_id, start, outside)` returns the state at the end of the thread's last run, as it would
# be if `graph` had been the code that ran from the node `start` on.
#
# - `graph` is the new code, compiled with the saver of the thread. Its nodes and edges have the names that they had;
#   it runs one node after the other, and no node twice in a run. The thread's runs are over, and `start` ran in the
#   last of them.
# - *The last run* is that of the current branch: the newest checkpoint and its parents. Everything up to `start` stays
#   as it was then; `start` and what comes after it is executed, on the state of that time.
# - `outside` lists the nodes that reach other systems: they look up, pay, send. `start` is never one of them. None of
#   them may be executed. Each that is due counts as having returned what it returned after `start` in the real run. If it did
#   not run then, it counts as having returned `{}`.
# - The thread stays as it is: what is saved is unchanged, and its next run goes on from the real state.
#
# ```python
# # fetch → decide → pay → letter → mail; in March: 10 cents, receipt r1. The new policy says 25.
# safe_replay(graph, "claim-9", "decide", ["fetch", "pay", "mail"])
# # {'cents': 25, 'receipt': 'r1', 'letter': '25 cents, receipt r1', 'mail': 'm1', …}
# ```
#
# **Graded:** the judge's server, which stands for the other systems, is asked for nothing; what the new code decides
# and writes is really computed; two nodes in a row that reach out; a decision that leads another way, through nodes that did not run then; the thread
# afterwards; a thread of several runs, one of which was rolled back.


# %% exercise="safe_replay"
def safe_replay(graph: CompiledStateGraph, thread_id: str, start: str, outside: list[str]) -> dict[str, Any]:
    """Return the state that `graph` would have reached from `start`, without reaching out of it."""
    ### BEGIN SOLUTION
    snapshot = graph.get_state({"configurable": {"thread_id": thread_id}})
    recorded: dict[str, Any] = {}
    while start not in snapshot.next:
        recorded.update({task.name: task.result for task in snapshot.tasks})
        snapshot = graph.get_state(snapshot.parent_config)

    # The rehearsal has a saver of its own: a replay on the thread would become its newest branch.
    saved, memory = graph.checkpointer.get_tuple(snapshot.config), InMemorySaver()
    config = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
    memory.put(config, saved.checkpoint, saved.metadata, saved.checkpoint["channel_versions"])
    rehearsal = graph.builder.compile(checkpointer=memory)

    while due := rehearsal.get_state(config).next:
        if due[0] in outside:
            rehearsal.update_state(config, recorded.get(due[0], {}), as_node=due[0])
        else:  # `invoke` does not stop before the very first node, so it may only be called for one that may run
            rehearsal.invoke(None, config, interrupt_before=outside)
    return rehearsal.get_state(config).values
    ### END SOLUTION


# %% [markdown] exercise="safe_replay" tags=["hint"]
# Three things have to be kept apart: the nodes that may run, those that may only *seem* to have run, and the
# thread. What did the second kind return in the real run, and where is that saved? And which
# checkpoint is the thread's newest after a replay?

# %% [markdown] exercise="safe_replay" tags=["hint"]
# A snapshot's `.tasks` tell what each task of that step returned: `.name`, `.result`. `interrupt_before=[…]` stops a
# run before these nodes, and `update_state(…, as_node=…)` passes one without executing it. `saver.put(config,
# checkpoint, metadata, versions)` copies what `saver.get_tuple(config)` found to another saver or thread, and
# `graph.builder.compile(checkpointer=…)` gives the same graph with another saver.

# %% [markdown] exercise="safe_replay" tags=["hint"]
# ```python
# recorded = {}
# while start not in snapshot.next:               # from the newest checkpoint to its parents
#     recorded.update(…)
#     snapshot = …
# …                                               # copy this checkpoint to where the thread is not
# while due := rehearsal.get_state(config).next:
#     if …:                                       # may this one run?
#         rehearsal.update_state(config, …, as_node=…)
#     else:
#         rehearsal.invoke(None, config, interrupt_before=…)
# return …
# ```


# %% exercise="safe_replay" tags=["near-miss"] says="a replay executes the nodes again"
def safe_replay(graph, thread_id, start, outside):
    snapshot = graph.get_state({"configurable": {"thread_id": thread_id}})
    while start not in snapshot.next:
        snapshot = graph.get_state(snapshot.parent_config)
    return graph.invoke(None, snapshot.config)  # what is saved is played back, and not executed


# %% exercise="safe_replay" tags=["near-miss"] says="is what the old code decided"
def safe_replay(graph, thread_id, start, outside):
    # The graph is the new one, so it shows what the new code makes of the thread.
    return graph.get_state({"configurable": {"thread_id": thread_id}}).values


# %% exercise="safe_replay" tags=["near-miss"] says="never ran to its end"
def safe_replay(graph, thread_id, start, outside):
    thread = {"configurable": {"thread_id": thread_id}}
    real = snapshot = graph.get_state(thread)
    while start not in snapshot.next:
        snapshot = graph.get_state(snapshot.parent_config)
    # Stop in time: whatever reaches out does not run.
    state = graph.invoke(None, snapshot.config, interrupt_before=outside)
    graph.update_state(real.config, None, as_node="__copy__")
    return state


# %% exercise="safe_replay" tags=["near-miss"] says="goes past the node that waits"
def safe_replay(graph, thread_id, start, outside):
    thread = {"configurable": {"thread_id": thread_id}}
    snapshot, recorded = graph.get_state(thread), {}
    real = snapshot
    while start not in snapshot.next:
        recorded.update({task.name: task.result for task in snapshot.tasks})
        snapshot = graph.get_state(snapshot.parent_config)
    state = graph.invoke(None, snapshot.config, interrupt_before=outside)
    while due := graph.get_state(thread).next:
        graph.update_state(thread, recorded.get(due[0], {}), as_node=due[0])
        state = graph.invoke(
            None, thread, interrupt_before=outside
        )  # on, to the next node that is not to run
    graph.update_state(real.config, None, as_node="__copy__")
    return state


# %% exercise="safe_replay" tags=["near-miss"] says="what it had returned in the real run"
def safe_replay(graph, thread_id, start, outside):
    thread = {"configurable": {"thread_id": thread_id}}
    real = snapshot = graph.get_state(thread)
    while start not in snapshot.next:
        snapshot = graph.get_state(snapshot.parent_config)
    graph.invoke(None, snapshot.config, interrupt_before=outside)
    while due := graph.get_state(thread).next:
        if due[0] in outside:
            graph.update_state(thread, {}, as_node=due[0])  # a dry run: effects do nothing
        else:
            graph.invoke(None, thread, interrupt_before=outside)
    state = graph.get_state(thread).values
    graph.update_state(real.config, None, as_node="__copy__")
    return state


# %% exercise="safe_replay" tags=["near-miss"] says="the next message would be answered from there"
def safe_replay(graph, thread_id, start, outside):
    thread = {"configurable": {"thread_id": thread_id}}
    snapshot, recorded = graph.get_state(thread), {}
    while start not in snapshot.next:
        recorded.update({task.name: task.result for task in snapshot.tasks})
        snapshot = graph.get_state(snapshot.parent_config)
    # A replay from an old checkpoint is a branch of its own; the thread stays where it is.
    graph.invoke(None, snapshot.config, interrupt_before=outside)
    while due := graph.get_state(thread).next:
        if due[0] in outside:
            graph.update_state(thread, recorded.get(due[0], {}), as_node=due[0])
        else:
            graph.invoke(None, thread, interrupt_before=outside)
    return graph.get_state(thread).values


# %% exercise="safe_replay" tags=["near-miss"] says="another run has a record of the same name"
def safe_replay(graph, thread_id, start, outside):
    thread = {"configurable": {"thread_id": thread_id}}
    # What a node returned stands in the history under its name.
    history = list(graph.get_state_history(thread))
    recorded = {task.name: task.result for snapshot in history for task in snapshot.tasks}
    at = real = history[0]
    while start not in at.next:
        at = graph.get_state(at.parent_config)
    graph.invoke(None, at.config, interrupt_before=outside)
    while due := graph.get_state(thread).next:
        if due[0] in outside:
            graph.update_state(thread, recorded.get(due[0], {}), as_node=due[0])
        else:
            graph.invoke(None, thread, interrupt_before=outside)
    state = graph.get_state(thread).values
    graph.update_state(real.config, None, as_node="__copy__")
    return state


# %% exercise="safe_replay" tags=["near-miss"] says="had been rolled back"
def safe_replay(graph, thread_id, start, outside):
    thread = {"configurable": {"thread_id": thread_id}}
    recorded, real = {}, graph.get_state(thread)
    for snapshot in graph.get_state_history(thread):  # newest first, so the last run comes first
        if start in snapshot.next:
            break
        recorded.update({task.name: task.result for task in snapshot.tasks})
    graph.invoke(None, snapshot.config, interrupt_before=outside)
    while due := graph.get_state(thread).next:
        if due[0] in outside:
            graph.update_state(thread, recorded.get(due[0], {}), as_node=due[0])
        else:
            graph.invoke(None, thread, interrupt_before=outside)
    state = graph.get_state(thread).values
    graph.update_state(real.config, None, as_node="__copy__")
    return state


# %% exercise="safe_replay" tags=["alternative"]
def safe_replay(graph, thread_id, start, outside):
    """On the thread itself; then a copy of the real end becomes the thread's newest checkpoint again."""
    thread = {"configurable": {"thread_id": thread_id}}
    real = graph.get_state(thread)
    parents = {s.config["configurable"]["checkpoint_id"]: s for s in graph.get_state_history(thread)}
    at, recorded = real, {}
    while start not in at.next:
        for task in at.tasks:
            recorded[task.name] = task.result
        at = parents[at.parent_config["configurable"]["checkpoint_id"]]
    try:
        state = graph.invoke(None, at.config, interrupt_before=outside)
        while due := graph.get_state(thread).next:
            while due and due[0] in outside:
                graph.update_state(thread, recorded.get(due[0]) or {}, as_node=due[0])
                due = graph.get_state(thread).next
            state = (
                graph.invoke(None, thread, interrupt_before=outside)
                if due
                else graph.get_state(thread).values
            )
    finally:
        graph.update_state(real.config, None, as_node="__copy__")
    return state


# %% exercise="safe_replay" tags=["alternative"]
import copy
import dataclasses

from langchain_core.runnables import RunnableLambda


def safe_replay(graph, thread_id, start, outside):
    """Another thread of the same saver, and a graph whose outside nodes only know what they once returned."""
    saver = graph.checkpointer
    snapshot, recorded = graph.get_state({"configurable": {"thread_id": thread_id}}), {}
    while start not in snapshot.next:
        recorded.update((task.name, task.result) for task in snapshot.tasks)
        snapshot = graph.get_state(snapshot.parent_config)
    builder = copy.copy(graph.builder)
    builder.nodes = dict(builder.nodes)
    for name in outside:
        result = recorded.get(name, {})
        known = RunnableLambda(lambda state, result=result: result)
        builder.nodes[name] = dataclasses.replace(builder.nodes[name], runnable=known)
    saved = saver.get_tuple(snapshot.config)
    trial = {"configurable": {"thread_id": f"what-if:{thread_id}", "checkpoint_ns": ""}}
    saver.delete_thread(f"what-if:{thread_id}")
    saver.put(trial, saved.checkpoint, saved.metadata, saved.checkpoint["channel_versions"])
    return builder.compile(checkpointer=saver).invoke(None, trial)


# %% [markdown]
# ## Roll back everything
#
# An agent was given a bad price list. Two runs later it had changed what the store knows of the customers, and
# had charged cards. Somebody "went back in time": the thread was at the good checkpoint again, the store and the bank were
# not. The charges came to light a week later, because nothing in the thread spoke of them any more.
#
# `roll_back_everything(graph, store, thread_id, checkpoint_id, bank)` is to be called instead, while the thread still
# stands where it went wrong. It undoes what the thread has done since the good checkpoint `checkpoint_id`, in all three
# places. The good checkpoint is on the current branch, and what was done since is what the newest checkpoint's
# journal says. The nodes keep it under the state's key `journal`. It has one entry for each thing that they did
# outside of the state; entries are only ever added, in order:
#
# | entry | the node |
# |---|---|
# | `{"did": "put", "namespace": [...], "key": ..., "before": ...}` | put or deleted an item; `before` is its value until then, `None` where there was none |
# | `{"did": "charge", "id": ...}` | had the bank charge a card |
#
# - The good checkpoint is an end of a run, or between two nodes of one. Afterwards the thread's newest
#   checkpoint has its state and waits for what it waited for; no node runs, and nothing that was saved is changed.
#   A config with a checkpoint's id needs three keys: `thread_id`, `checkpoint_ns` (`""`) and `checkpoint_id`.
# - Each item that the journal names since then is again what it was. Nobody else's item is touched.
# - Each charge since then is refunded once. `bank.refund(id)` pays as often as it is called; `bank.refunded()`
#   lists the ids that have been refunded.
# - The last run may have ended in an error. The node that raised has done nothing; what the nodes beside it did and
#   returned is saved with the newest checkpoint, and is undone as well.
# - The process can be killed at any moment. Calling the function once more must then finish the work.
#
# ```python
# # since the good checkpoint: plan "basic" → "gold" → "free", and ch_7 was charged
# roll_back_everything(graph, store, "ada", good_id, bank)
# store.get(("customers", "ada"), "plan").value     # {'is': 'basic'}
# bank.refunded()                                   # ['ch_7']
# ```
#
# **Graded:** all three places, for a good checkpoint at the end of a run and for one in the middle; items that were
# changed twice, added, deleted, and those of others; a kill during the refunds, during the work on the store, and
# when the thread is written; a last run that failed.


# %% exercise="roll_back_everything"
def roll_back_everything(
    graph: CompiledStateGraph, store: BaseStore, thread_id: str, checkpoint_id: str, bank: Any
) -> None:
    """Bring thread, store and bank back to where they were at a checkpoint; may be called again after a kill."""
    ### BEGIN SOLUTION
    thread = {"thread_id": thread_id, "checkpoint_ns": ""}
    good = graph.get_state({"configurable": {**thread, "checkpoint_id": checkpoint_id}})
    now = graph.get_state({"configurable": thread})  # without an id: what is pending counts
    since = now.values.get("journal", [])[len(good.values.get("journal", [])) :]

    for entry in reversed(since):
        if entry["did"] == "put":
            namespace = tuple(entry["namespace"])
            if entry["before"] is None:
                store.delete(namespace, entry["key"])
            else:
                store.put(namespace, entry["key"], entry["before"])
        elif entry["id"] not in bank.refunded():
            bank.refund(entry["id"])

    # Last, for the journal of the newest checkpoint is the list of what is still to do.
    graph.update_state(good.config, None, as_node="__copy__")
    ### END SOLUTION


# %% [markdown] exercise="roll_back_everything" tags=["hint"]
# Three questions. If an item was changed twice, which of the two `before` is right, and in which order must you undo to
# end with it? If the process is killed in the middle, where does the next call read what is left to do? And
# how does it know that a refund arrived whose answer nobody read?

# %% [markdown] exercise="roll_back_everything" tags=["hint"]
# The entries since the good checkpoint are those at the end of the newest journal. `graph.get_state` without a
# checkpoint id counts what is pending, with an id it does not. `graph.update_state(old_config, None,
# as_node="__copy__")` makes a copy of an old checkpoint the thread's newest one: same state, same next, nothing
# runs. Forget the list of what is to do only when it is done.

# %% [markdown] exercise="roll_back_everything" tags=["hint"]
# ```python
# good = graph.get_state({"configurable": {…}})
# now = graph.get_state(…)
# since = …                                       # of now's journal, what good's does not have
# for entry in …:                                 # in which order?
#     if entry["did"] == "put":
#         …                                       # two cases
#     elif …:                                     # what if a call before this one got as far?
#         bank.refund(entry["id"])
# …                                               # why is the thread last?
# ```


# %% exercise="roll_back_everything" tags=["near-miss"] says="rewinds the state of the graph and nothing else"
def roll_back_everything(graph, store, thread_id, checkpoint_id, bank):
    good = {"configurable": {"thread_id": thread_id, "checkpoint_id": checkpoint_id}}
    graph.update_state(good, None, as_node="__copy__")  # the store is compiled in, so it goes back as well


# %% exercise="roll_back_everything" tags=["near-miss"] says="the oldest `before` must win"
def roll_back_everything(graph, store, thread_id, checkpoint_id, bank):
    good = graph.get_state({"configurable": {"thread_id": thread_id, "checkpoint_id": checkpoint_id}})
    now = graph.get_state({"configurable": {"thread_id": thread_id}})
    for entry in now.values.get("journal", [])[len(good.values.get("journal", [])) :]:
        if entry["did"] == "charge":
            if entry["id"] not in bank.refunded():
                bank.refund(entry["id"])
        elif entry["before"] is None:
            store.delete(tuple(entry["namespace"]), entry["key"])
        else:  # step by step, as it was done
            store.put(tuple(entry["namespace"]), entry["key"], entry["before"])
    graph.update_state(good.config, None, as_node="__copy__")


# %% exercise="roll_back_everything" tags=["near-miss"] says="did not know any more what was left to do"
def roll_back_everything(graph, store, thread_id, checkpoint_id, bank):
    good = graph.get_state({"configurable": {"thread_id": thread_id, "checkpoint_id": checkpoint_id}})
    now = graph.get_state({"configurable": {"thread_id": thread_id}})
    graph.update_state(good.config, None, as_node="__copy__")  # first of all, stop the thread from going on
    for entry in reversed(now.values.get("journal", [])[len(good.values.get("journal", [])) :]):
        if entry["did"] == "charge":
            if entry["id"] not in bank.refunded():
                bank.refund(entry["id"])
        elif entry["before"] is None:
            store.delete(tuple(entry["namespace"]), entry["key"])
        else:
            store.put(tuple(entry["namespace"]), entry["key"], entry["before"])


# %% exercise="roll_back_everything" tags=["near-miss"] says="was refunded 2 times"
def roll_back_everything(graph, store, thread_id, checkpoint_id, bank):
    good = graph.get_state({"configurable": {"thread_id": thread_id, "checkpoint_id": checkpoint_id}})
    now = graph.get_state({"configurable": {"thread_id": thread_id}})
    for entry in reversed(now.values.get("journal", [])[len(good.values.get("journal", [])) :]):
        if entry["did"] == "charge":
            bank.refund(entry["id"])  # each entry is met once
        elif entry["before"] is None:
            store.delete(tuple(entry["namespace"]), entry["key"])
        else:
            store.put(tuple(entry["namespace"]), entry["key"], entry["before"])
    graph.update_state(good.config, None, as_node="__copy__")


# %% exercise="roll_back_everything" tags=["near-miss"] says="ran while you rolled back"
def roll_back_everything(graph, store, thread_id, checkpoint_id, bank):
    good = graph.get_state({"configurable": {"thread_id": thread_id, "checkpoint_id": checkpoint_id}})
    now = graph.get_state({"configurable": {"thread_id": thread_id}})
    for entry in reversed(now.values.get("journal", [])[len(good.values.get("journal", [])) :]):
        if entry["did"] == "charge":
            if entry["id"] not in bank.refunded():
                bank.refund(entry["id"])
        elif entry["before"] is None:
            store.delete(tuple(entry["namespace"]), entry["key"])
        else:
            store.put(tuple(entry["namespace"]), entry["key"], entry["before"])
    graph.invoke(None, good.config)  # a run without input takes the thread to that checkpoint


# %% exercise="roll_back_everything" tags=["near-miss"] says="go through the reducers"
def roll_back_everything(graph, store, thread_id, checkpoint_id, bank):
    at_good = {"thread_id": thread_id, "checkpoint_ns": "", "checkpoint_id": checkpoint_id}
    good = graph.get_state({"configurable": at_good})
    now = graph.get_state({"configurable": {"thread_id": thread_id}})
    for entry in reversed(now.values.get("journal", [])[len(good.values.get("journal", [])) :]):
        if entry["did"] == "charge":
            if entry["id"] not in bank.refunded():
                bank.refund(entry["id"])
        elif entry["before"] is None:
            store.delete(tuple(entry["namespace"]), entry["key"])
        else:
            store.put(tuple(entry["namespace"]), entry["key"], entry["before"])
    graph.update_state(good.config, good.values)  # the state is again what it was


# %% exercise="roll_back_everything" tags=["near-miss"] says="`.config` of a snapshot that you read without it lacks it"
def roll_back_everything(graph, store, thread_id, checkpoint_id, bank):
    thread = {"thread_id": thread_id}  # a thread and an id say which checkpoint it is
    good = graph.get_state({"configurable": {**thread, "checkpoint_id": checkpoint_id}})
    now = graph.get_state({"configurable": thread})
    for entry in reversed(now.values.get("journal", [])[len(good.values.get("journal", [])) :]):
        if entry["did"] == "charge":
            if entry["id"] not in bank.refunded():
                bank.refund(entry["id"])
        elif entry["before"] is None:
            store.delete(tuple(entry["namespace"]), entry["key"])
        else:
            store.put(tuple(entry["namespace"]), entry["key"], entry["before"])
    graph.update_state(good.config, None)


# %% exercise="roll_back_everything" tags=["near-miss"] says="before the good checkpoint"
def roll_back_everything(graph, store, thread_id, checkpoint_id, bank):
    now = graph.get_state({"configurable": {"thread_id": thread_id}})
    for entry in reversed(now.values.get("journal", [])):  # everything
        if entry["did"] == "charge":
            if entry["id"] not in bank.refunded():
                bank.refund(entry["id"])
        elif entry["before"] is None:
            store.delete(tuple(entry["namespace"]), entry["key"])
        else:
            store.put(tuple(entry["namespace"]), entry["key"], entry["before"])
    good = {"configurable": {"thread_id": thread_id, "checkpoint_id": checkpoint_id}}
    graph.update_state(good, None, as_node="__copy__")


# %% exercise="roll_back_everything" tags=["near-miss"] says="beside the one that raised"
def roll_back_everything(graph, store, thread_id, checkpoint_id, bank):
    history = list(graph.get_state_history({"configurable": {"thread_id": thread_id}}))
    good = next(s for s in history if s.config["configurable"]["checkpoint_id"] == checkpoint_id)
    journal = history[0].values.get("journal", [])  # the newest checkpoint has all that happened
    for entry in reversed(journal[len(good.values.get("journal", [])) :]):
        if entry["did"] == "charge":
            if entry["id"] not in bank.refunded():
                bank.refund(entry["id"])
        elif entry["before"] is None:
            store.delete(tuple(entry["namespace"]), entry["key"])
        else:
            store.put(tuple(entry["namespace"]), entry["key"], entry["before"])
    graph.update_state(good.config, None, as_node="__copy__")


# %% exercise="roll_back_everything" tags=["alternative"]
def roll_back_everything(graph, store, thread_id, checkpoint_id, bank):
    """What each item was is worked out first: the oldest `before` of a key. An empty update moves the thread."""
    thread = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
    good = graph.get_state({"configurable": {**thread["configurable"], "checkpoint_id": checkpoint_id}})
    kept = len(good.values.get("journal", []))
    was, charges = {}, []
    for entry in graph.get_state(thread).values.get("journal", [])[kept:]:
        if entry["did"] == "put":
            was.setdefault((tuple(entry["namespace"]), entry["key"]), entry["before"])
        else:
            charges.append(entry["id"])
    done = bank.refunded()
    for id in charges:
        if id not in done:
            bank.refund(id)
    for (namespace, key), value in was.items():
        if value is None:
            store.delete(namespace, key)
        else:
            store.put(namespace, key, value)
    graph.update_state(good.config, None)


# %% exercise="roll_back_everything" tags=["alternative"]
from langgraph.checkpoint.base import create_checkpoint, empty_checkpoint
from langgraph.store.base import PutOp


def roll_back_everything(graph, store, thread_id, checkpoint_id, bank):
    """With the saver alone: pending writes are read, and the good checkpoint is put again under a new id."""
    saver = graph.checkpointer
    thread = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
    good = saver.get_tuple({"configurable": {**thread["configurable"], "checkpoint_id": checkpoint_id}})
    newest = saver.get_tuple(thread)
    done = list(newest.checkpoint["channel_values"].get("journal", []))
    for _, channel, value in newest.pending_writes or []:
        if channel == "journal":
            done += value
    undo = done[len(good.checkpoint["channel_values"].get("journal", [])) :][::-1]
    store.batch([PutOp(tuple(e["namespace"]), e["key"], e["before"]) for e in undo if e["did"] == "put"])
    refunded = set(bank.refunded())
    for entry in undo:
        if entry["did"] == "charge" and entry["id"] not in refunded:
            bank.refund(entry["id"])
    copy = {**good.checkpoint, "id": empty_checkpoint()["id"]}
    metadata = {**good.metadata, "source": "fork"}
    saver.put(good.config, copy, metadata, copy["channel_versions"])


# %% [markdown]
# ## Explain three trips
#
# A travel desk keeps each customer's trip in a thread, and the trip that was booked last in a store:
#
# ```python
# import operator
# from typing import Annotated
#
# from langgraph.store.memory import InMemoryStore
#
# airline, store = [], InMemoryStore()
#
# class Trip(TypedDict, total=False):
#     wish: str
#     price: int
#     log: Annotated[list[str], operator.add]
#
# def quote(state):
#     fares = {"Rome": 100, "Oslo": 180, "Bergen": 210}
#     return {"price": fares[state["wish"]], "log": ["quoted"]}
#
# def book(state):
#     store.put(("trips",), "ada", {"to": state["wish"]})
#     airline.append(state["wish"])                                 # a reservation, with somebody else
#     return {"log": [f"reserved {state['wish']}"]}
#
# def confirm(state):
#     return {"log": [f"{state['wish']} for {state['price']}"]}
#
# builder = StateGraph(Trip).add_sequence([quote, book, confirm]).add_edge(START, "quote")
# graph = builder.compile(checkpointer=InMemorySaver())
# ada = {"configurable": {"thread_id": "ada"}}
# graph.invoke({"wish": "Rome"}, ada)
# ```
#
# Ada changes her mind: Oslo, not Rome. A colleague takes her thread back to before the booking. Then she
# changes her mind again, and he goes back once more:
#
# ```python
# old = next(s for s in graph.get_state_history(ada) if s.next == ("book",))
# graph.update_state(old.config, {"wish": "Oslo"}, as_node="book")
# graph.invoke(None, ada)                                # A
# graph.invoke({"wish": "Bergen"}, old.config)           # B
# ```
#
# For **A**, and again for **B**: which nodes ran, what is in `wish`, `price` and `log`, and why? For **the world**: what do
# the airline and the store hold after both, which of that is in the thread's current branch, and which calls
# would have led to one trip, to Bergen, at its price? Three or four sentences for each of the three are enough.
# You may run the code: with the imports at the top of this notebook, the two blocks are whole.
#
# **Graded:** one point for each of the three; your instructor reads the answer.

# %% [markdown] exercise="explain_three_trips" points=3
# ### BEGIN SOLUTION
# **A**: only `confirm` ran. `as_node="book"` says that `book` has just written this update, not that the thread should
# go to `book`; so what follows `book` was due. `wish` is Oslo, `price` is still 100, the fare to Rome, since the
# checkpoint was saved after `quote`; `log` is `["quoted", "Oslo for 100"]`. Oslo was confirmed and never booked.
#
# **B**: `quote`, `book` and `confirm` ran. Input that is not `None` begins a new turn at `START`, on the state of the old
# checkpoint; it does not go on before `book`. `wish` is Bergen, `price` 210, and `log` is
# `["quoted", "quoted", "reserved Bergen", "Bergen for 210"]`: the reducer added the new turn's entries to the `"quoted"`
# that the old checkpoint held. Nothing of A is in it, for B came out of the old checkpoint and not out of A.
#
# **The world**: the airline holds two reservations, Rome and Bergen. The store holds Bergen; it has no
# branches, so that it agrees with the thread is luck (after A it still said Rome). The current branch is B, and speaks of
# Bergen alone; Rome and Oslo stand on branches that were left, and no row of them was changed. Right would have been
# to fork where the wish came in, before `quote`, and to undo the booking by a call of its own: take the thread's first
# checkpoint whose `next` is `("quote",)`, `fork = graph.update_state(that.config, {"wish": "Bergen"})`, `graph.invoke(None, fork)`,
# and cancel Rome with the airline.
#
# *For marking, one point each.* **A**: `confirm` alone, because `as_node` names the writer, and the old price; half a point
# if the price is missed. **B**: all three nodes, because input begins a new turn, and `"quoted"` twice; half a point for
# "the state of the old checkpoint" without the new turn. **The world**: two reservations and one item, Rome not in the current
# branch, and a fork before `quote` with a cancellation; half a point if Rome's reservation is left standing.
# ### END SOLUTION
