# says: on the way that the corrected conversation takes
from langgraph.checkpoint.base import copy_checkpoint
from langgraph.checkpoint.base.id import uuid6


def branch_of(graph, config):
    """The current branch, newest first."""
    step = graph.get_state(config)
    while True:
        yield step
        if step.parent_config is None:
            return
        step = graph.get_state(step.parent_config)


def fork_with_correction(graph, thread_id, message_id, text):
    """The saved checkpoint is copied with the new text, and with the next node that the old text led to."""
    config = {"configurable": {"thread_id": thread_id}}
    steps = list(branch_of(graph, config))
    old = [step for step in steps if any(m.id == message_id for m in step.values.get("messages", []))][-1]
    message = next(m for m in old.values["messages"] if m.id == message_id)
    new = message.model_copy(update={"content": text})
    saver = graph.checkpointer
    saved = saver.get_tuple(old.config)
    messages = [new if m.id == message_id else m for m in old.values["messages"]]
    fork = {**copy_checkpoint(saved.checkpoint), "id": str(uuid6(clock_seq=-1))}
    fork["channel_values"] = {**fork["channel_values"], "messages": messages}
    version = saver.get_next_version(max(fork["channel_versions"].values()), None)
    fork["channel_versions"] = {**fork["channel_versions"], "messages": version}
    metadata = {"source": "update", "step": saved.metadata["step"] + 1, "parents": {}}
    saver.put(old.config, fork, metadata, {"messages": version})
    return graph.invoke(None, config)
