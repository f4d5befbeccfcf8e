# says: an empty state isn't a new job
def run_to_end(graph: CompiledStateGraph, thread_id: str, first: dict[str, Any]) -> dict[str, Any]:
    config = {"configurable": {"thread_id": thread_id}}
    snapshot = graph.get_state(config)
    if not snapshot.values:
        return graph.invoke(first, config)
    if snapshot.tasks:
        return graph.invoke(None, config)
    return snapshot.values
