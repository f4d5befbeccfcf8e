# %% [markdown]
# # Exercises: debugging backwards
#
# Five functions to write, and one question to answer in words. Each prompt says exactly what is graded.
#
# 1. Write in the cell under the prompt, and run it.
# 2. Run the `check` cell below it. It runs the public tests on your function and says what each one saw.
# 3. Stuck? `hint("fork_with_correction")` shows one hint more each time you call it.
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
from langgraph.types import Overwrite, StateSnapshot, StateUpdate

from course import check, hint, timeline

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
# - `graph` is compiled with a saver. Its state is `MessagesState`, or has more keys than that; what its nodes are
#   called and do, you do not know. Each message has an id, and the thread's runs are over.
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
