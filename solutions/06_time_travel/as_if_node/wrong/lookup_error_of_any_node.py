# says: let it out
def as_if_node(
    graph: CompiledStateGraph, thread_id: str, node: str, result: dict[str, Any]
) -> dict[str, Any]:
    """Continue as if `node`, for which the thread waits, had returned `result`; return the final state."""
    config = {"configurable": {"thread_id": thread_id}}
    tasks = graph.get_state(config).tasks
    try:
        waits = {task.name: task for task in tasks if task.result is None}[node]
        beside = [StateUpdate(task.result, task.name) for task in tasks if task is not waits]
        graph.bulk_update_state(config, [[*beside, StateUpdate(result, node)]])
        return graph.invoke(None, config)
    except KeyError:
        raise ValueError(f"{thread_id} doesn't wait for {node}") from None
