def list_unfinished(graph, thread_ids):
    """Finds a thread's newest checkpoint with the saver, and asks the graph what's due in it."""

    def is_unfinished(thread_id):
        config = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
        found = graph.checkpointer.get_tuple(config)
        return found is not None and len(graph.get_state(found.config).tasks) > 0

    return list(filter(is_unfinished, thread_ids))
