# says: don't start over
def run_to_end(graph: CompiledStateGraph, thread_id: str, first: dict[str, Any]) -> dict[str, Any]:
    config = {"configurable": {"thread_id": thread_id}}
    snapshot = graph.get_state(config)
    if snapshot.created_at is None or snapshot.metadata["step"] < 1:
        # No step is done yet: throw away what there is of the input, and begin anew.
        graph.checkpointer.delete_thread(thread_id)
        return graph.invoke(first, config, durability="sync")
    if snapshot.next or snapshot.tasks:
        return graph.invoke(None, config, durability="sync")
    return snapshot.values
