# says: has an error and a result
def as_if_node(
    graph: CompiledStateGraph, thread_id: str, node: str, result: dict[str, Any]
) -> dict[str, Any]:
    config = {"configurable": {"thread_id": thread_id}}
    state = graph.get_state(config)
    if node not in state.next:
        raise ValueError(f"the thread doesn't wait for {node}")
    updates = [
        StateUpdate(task.result, task.name)
        for task in state.tasks
        if task.result is not None and not task.error
    ]
    graph.bulk_update_state(config, [[*updates, StateUpdate(result, node)]])
    return graph.invoke(None, config)
