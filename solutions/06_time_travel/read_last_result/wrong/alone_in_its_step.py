# says: all of the step's
def read_last_result(graph: CompiledStateGraph, thread_id: str, node: str) -> dict[str, Any] | None:
    config = {"configurable": {"thread_id": thread_id}}
    for snapshot in list(graph.get_state_history(config)):
        if snapshot.next == (node,) and snapshot.tasks[0].result is not None:
            return snapshot.tasks[0].result
    return None
