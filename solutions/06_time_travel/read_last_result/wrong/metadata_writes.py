# says: and not
def read_last_result(graph, thread_id, node):
    config = {"configurable": {"thread_id": thread_id}}
    for snapshot in graph.get_state_history(config):
        writes = (snapshot.metadata or {}).get("writes") or {}
        if node in writes:
            return writes[node]
    return None
