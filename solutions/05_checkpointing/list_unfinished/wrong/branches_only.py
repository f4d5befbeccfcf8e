# says: which still has to run
def list_unfinished(graph, thread_ids):
    """Reads the channels of checkpoints, and knows the ones of plain edges alone."""

    def is_unfinished(thread_id):
        config = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
        found = graph.checkpointer.get_tuple(config)
        channels = found.checkpoint["channel_values"] if found else {}
        return any(channel == "__start__" or channel.startswith("branch:to:") for channel in channels)

    return list(filter(is_unfinished, thread_ids))
