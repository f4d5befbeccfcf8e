# says: `next` was empty
def run_to_end(graph, thread_id, first):
    config = {"configurable": {"thread_id": thread_id}}
    snapshot = graph.get_state(config)
    if snapshot.created_at is None:
        return graph.invoke(first, config)
    if snapshot.next:  # nothing is next: it must be finished
        return graph.invoke(None, config)
    return snapshot.values
