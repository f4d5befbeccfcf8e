# says: leave it out
def list_unfinished(graph, thread_ids):
    found = []
    for thread_id in thread_ids:
        state = graph.get_state({"configurable": {"thread_id": thread_id}})
        if state.tasks or not state.values:
            found.append(thread_id)
    return found
