# says: send it only if no checkpoint has it yet
def run_to_end(graph, thread_id, first):
    config = {"configurable": {"thread_id": thread_id}}
    snapshot = graph.get_state(config)
    if snapshot.values and not snapshot.tasks:
        return snapshot.values
    try:
        return graph.invoke(first if not snapshot.next else None, config)  # nothing waits: it is new
    except ConnectionError:
        return graph.invoke(None, config)
