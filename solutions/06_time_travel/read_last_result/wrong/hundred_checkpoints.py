# says: so read on to older ones
def read_last_result(graph: CompiledStateGraph, thread_id: str, node: str) -> dict[str, Any] | None:
    config = {"configurable": {"thread_id": thread_id}}
    for snapshot in list(graph.get_state_history(config, limit=100)):
        for task in snapshot.tasks:
            if task.name == node and task.result is not None:
                return task.result
    return None
