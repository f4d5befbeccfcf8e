def list_unfinished(graph, thread_ids):
    """Asks each thread's newest snapshot in its history."""
    found = []
    for thread_id in thread_ids:
        history = graph.get_state_history({"configurable": {"thread_id": thread_id}}, limit=1)
        found += [thread_id for snapshot in history if snapshot.tasks or snapshot.next]
    return found
