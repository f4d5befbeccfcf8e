# says: has no result
def read_last_result(graph, thread_id, node):
    config = {"configurable": {"thread_id": thread_id}}
    for snapshot in graph.get_state_history(config):
        for task in snapshot.tasks:
            if task.name == node:
                return task.result
    return None
