# says: the question is still saved
def read_last_result(graph: CompiledStateGraph, thread_id: str, node: str) -> dict[str, Any] | None:
    """A task that has asked something hasn't finished."""
    config = {"configurable": {"thread_id": thread_id}}
    for snapshot in graph.get_state_history(config):
        for task in snapshot.tasks:
            if task.name == node and not task.interrupts and task.result is not None:
                return task.result
    return None
