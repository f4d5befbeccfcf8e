# says: whatever happened earlier
def list_unfinished(graph: CompiledStateGraph, thread_ids: list[str]) -> list[str]:
    """Return the ids of the threads that have something left to do."""

    def open_(thread_id: str) -> bool:
        config = {"configurable": {"thread_id": thread_id}}
        snapshot = graph.get_state(config)
        failed = any(task.error for old in graph.get_state_history(config) for task in old.tasks)
        return bool(failed or snapshot.tasks or snapshot.next)

    return [*filter(open_, thread_ids)]
