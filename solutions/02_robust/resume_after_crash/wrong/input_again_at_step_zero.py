# says: 2 times instead of once
def run_to_end(graph, thread_id, first):
    config = {"configurable": {"thread_id": thread_id}}
    snapshot = graph.get_state(config)
    if not snapshot.metadata or snapshot.metadata["step"] < 1:
        return graph.invoke(first, config, durability="sync")
    if snapshot.tasks:
        return graph.invoke(None, config, durability="sync")
    return snapshot.values
