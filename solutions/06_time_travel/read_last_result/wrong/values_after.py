# says: a task has
def read_last_result(graph: CompiledStateGraph, thread_id: str, node: str) -> dict[str, Any] | None:
    config = {"configurable": {"thread_id": thread_id}}
    after = {}
    for snapshot in list(graph.get_state_history(config)):
        for task in snapshot.tasks:
            if task.name == node and task.result is not None:
                return {key: after.get(key, value) for key, value in task.result.items()}
        after = snapshot.values
    return None
