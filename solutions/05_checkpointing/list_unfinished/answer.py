def list_unfinished(graph: CompiledStateGraph, thread_ids: list[str]) -> list[str]:
    """Return the ids of the threads that have something left to do."""

    ### BEGIN SOLUTION
    def is_unfinished(thread_id: str) -> bool:
        return bool(graph.get_state({"configurable": {"thread_id": thread_id}}).tasks)

    return [thread_id for thread_id in thread_ids if is_unfinished(thread_id)]
    ### END SOLUTION
