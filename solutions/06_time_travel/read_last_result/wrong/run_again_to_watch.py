# says: with everything that it does outside
def read_last_result(graph, thread_id, node):
    config = {"configurable": {"thread_id": thread_id}}
    before = next((s for s in graph.get_state_history(config) if node in s.next), None)
    if before is None:
        return None
    for update in graph.stream(None, before.config, stream_mode="updates"):
        if node in update:
            return update[node]
    return None
