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
