# says: a thread that is finished is in the list
def list_unfinished(graph, thread_ids):
    """Removes from the list that it walks over, and skips whatever comes next."""
    for thread_id in thread_ids:
        if not graph.get_state({"configurable": {"thread_id": thread_id}}).tasks:
            thread_ids.remove(thread_id)
    return thread_ids
