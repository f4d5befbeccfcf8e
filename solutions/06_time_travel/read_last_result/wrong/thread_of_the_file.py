# says: and not
def read_last_result(graph, thread_id, node):
    for saved in list(graph.checkpointer.list(None)):
        for task in graph.get_state(saved.config).tasks:
            if task.name == node and task.result is not None:
                return task.result
    return None
