# says: so enter each of them
def as_if_node(
    graph: CompiledStateGraph, thread_id: str, node: str, result: dict[str, Any]
) -> dict[str, Any]:
    """Continue as if `node`, for which the thread waits, had returned `result`; return the final state."""
    config = {"configurable": {"thread_id": thread_id}}
    tasks = graph.get_state(config).tasks
    if not any(task.name == node and task.result is None for task in tasks):
        raise ValueError(f"{thread_id} doesn't wait for {node}")
    results = {task.name: task.result for task in tasks if task.result is not None}
    finished = [StateUpdate(kept, name) for name, kept in results.items()]
    fork = graph.bulk_update_state(config, [[*finished, StateUpdate(result, node)]])
    if graph.get_state(fork).next:
        return graph.invoke(None, fork)
    return graph.get_state(fork).values
