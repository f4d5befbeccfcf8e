# says: compare whole names
def read_last_result(graph, thread_id, node):
    config = {"configurable": {"thread_id": thread_id}}
    for snapshot in graph.get_state_history(config):
        for task in snapshot.tasks:
            if task.name.startswith(node) and task.result is not None:
                return task.result
    return None
