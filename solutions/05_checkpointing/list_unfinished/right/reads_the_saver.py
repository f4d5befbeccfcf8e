def list_unfinished(graph, thread_ids):
    """Reads checkpoints with the saver: one isn't the last if a node is due in it."""

    def is_unfinished(thread_id):
        found = graph.checkpointer.get_tuple({"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}})
        channels = found.checkpoint["channel_values"] if found else {}
        return any(channel == "__start__" or channel.startswith("branch:to:") for channel in channels)

    return list(filter(is_unfinished, thread_ids))
