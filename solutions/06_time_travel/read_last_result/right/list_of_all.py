def read_last_result(graph, thread_id, node):
    """All results of the node, newest first."""
    history = graph.get_state_history({"configurable": {"thread_id": thread_id}})
    found = [t.result for s in history for t in s.tasks if t.name == node and isinstance(t.result, dict)]
    return found[0] if found else None
