def as_if_node(
    graph: CompiledStateGraph, thread_id: str, node: str, result: dict[str, Any]
) -> dict[str, Any]:
    """Continue as if `node`, for which the thread waits, had returned `result`; return the final state."""
    ### BEGIN SOLUTION
    thread = {"configurable": {"thread_id": thread_id}}
    snapshot = graph.get_state(thread)
    if node not in snapshot.next:
        raise ValueError(f"thread {thread_id!r} doesn't wait for {node!r}, but for {snapshot.next}")
    # An update by hand drops what the other tasks of this checkpoint saved, so enter that in the same step.
    # What has no result is the one that waits: another task may have the same name.
    beside = [StateUpdate(task.result, task.name) for task in snapshot.tasks if task.result is not None]
    # It also leaves a join as full as it is, which would start its node again. So end the tasks first, in a copy
    # without their results: those would count twice.
    cleared = [[StateUpdate(None, "__copy__")], [StateUpdate(None, END)]]
    graph.bulk_update_state(thread, [*cleared, [*beside, StateUpdate(result, node)]])
    return graph.invoke(None, thread)
    ### END SOLUTION
