# says: isn't applied yet
def list_unfinished(graph, thread_ids):
    found = []
    for thread_id in thread_ids:
        state = graph.get_state({"configurable": {"thread_id": thread_id}})
        if any(task.result is None for task in state.tasks):  # a task with a result is done
            found.append(thread_id)
    return found
