# says: the name of the one that waits
# leaves out finished tasks that have the name of the one that waits
def as_if_node(
    graph: CompiledStateGraph, thread_id: str, node: str, result: dict[str, Any]
) -> dict[str, Any]:
    """Continue as if `node`, for which the thread waits, had returned `result`; return the final state."""
    config = {"configurable": {"thread_id": thread_id}}
    waiting = graph.get_state(config)
    if not any(task.name == node and task.result is None for task in waiting.tasks):
        raise ValueError(f"the thread {thread_id!r} doesn't wait for {node!r}")
    updates = [StateUpdate(result, node)]
    others = [task for task in waiting.tasks if task.name != node and task.result is not None]
    updates += [StateUpdate(task.result, task.name) for task in others]
    graph.bulk_update_state(config, [updates])
    return graph.invoke(None, config)
