def list_unfinished(graph: CompiledStateGraph, thread_ids: list[str]) -> list[str]:
    """Return the ids of the threads that have something left to do."""
    ### BEGIN SOLUTION
    configs = [{"configurable": {"thread_id": thread_id}} for thread_id in thread_ids]
    snapshots = [graph.get_state(config) for config in configs]
    return [thread_id for thread_id, found in zip(thread_ids, snapshots, strict=True) if found.tasks]
    ### END SOLUTION
