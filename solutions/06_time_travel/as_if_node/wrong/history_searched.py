# says: has gone on
def as_if_node(
    graph: CompiledStateGraph, thread_id: str, node: str, result: dict[str, Any]
) -> dict[str, Any]:
    config = {"configurable": {"thread_id": thread_id}}
    for state in list(graph.get_state_history(config)):
        mine = [task for task in state.tasks if task.name == node]
        if mine and mine[0].result is None:
            updates = [StateUpdate(task.result, task.name) for task in state.tasks if task.result is not None]
            fork = graph.bulk_update_state(state.config, [[*updates, StateUpdate(result, node)]])
            return graph.invoke(None, fork)
    raise ValueError(f"the thread doesn't wait for {node}")
