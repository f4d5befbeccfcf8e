# says: doesn't empty a join
def as_if_node(
    graph: CompiledStateGraph, thread_id: str, node: str, result: dict[str, Any]
) -> dict[str, Any]:
    """Continue as if `node`, for which the thread waits, had returned `result`; return the final state."""
    config = {"configurable": {"thread_id": thread_id}}
    tasks = graph.get_state(config).tasks
    waiting = [task for task in tasks if task.name == node and task.result is None]
    if not waiting:
        raise ValueError(f"thread {thread_id!r} doesn't wait for {node!r}")
    # An update with as_node drops what the neighbours returned, so enter all of it in one super-step.
    step = [StateUpdate(task.result, task.name, task.id) for task in tasks if task.result is not None]
    step.append(StateUpdate(result, node, waiting[0].id))
    graph.bulk_update_state(config, [step])
    graph.invoke(None, config)
    return graph.get_state(config).values
