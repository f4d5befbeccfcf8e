# says: it's the tasks that tell
def as_if_node(
    graph: CompiledStateGraph, thread_id: str, node: str, result: dict[str, Any]
) -> dict[str, Any]:
    """Continue as if `node`, for which the thread waits, had returned `result`; return the final state."""
    config = {"configurable": {"thread_id": thread_id}}
    if not graph.get_state(config).values:
        raise ValueError(f"there's no {thread_id}")
    tasks = graph.get_state(config).tasks
    if not any(task.name == node and task.result is None for task in tasks):
        raise ValueError(f"{thread_id} doesn't wait for {node}")
    finished = [StateUpdate(task.result, task.name) for task in tasks if task.result is not None]
    fork = graph.bulk_update_state(config, [[*finished, StateUpdate(result, node)]])
    if graph.get_state(fork).next:
        return graph.invoke(None, fork)
    return graph.get_state(fork).values
