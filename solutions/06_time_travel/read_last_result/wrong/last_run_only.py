# says: so read on to older ones
def read_last_result(graph, thread_id, node):
    config = {"configurable": {"thread_id": thread_id}}
    for snapshot in graph.get_state_history(config):
        for task in snapshot.tasks:
            if task.name == node and task.result is not None:
                return task.result
        if snapshot.metadata["source"] == "input":
            return None
    return None
