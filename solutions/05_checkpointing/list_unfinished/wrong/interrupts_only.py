# says: isn't applied yet
def list_unfinished(graph, thread_ids):
    found = []
    for thread_id in thread_ids:
        state = graph.get_state({"configurable": {"thread_id": thread_id}})
        if state.interrupts or any(task.error for task in state.tasks):
            found.append(thread_id)
    return found
