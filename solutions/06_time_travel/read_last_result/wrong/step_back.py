# says: on a branch that was left
def read_last_result(graph, thread_id, node):
    """From the newest checkpoint to its parents."""
    at = graph.get_state({"configurable": {"thread_id": thread_id}})
    while True:
        results = {task.name: task.result for task in at.tasks}
        if results.get(node) is not None:
            return results[node]
        if not at.parent_config:
            return None
        at = graph.get_state(at.parent_config)
