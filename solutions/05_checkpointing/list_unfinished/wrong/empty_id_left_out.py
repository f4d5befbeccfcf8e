# says: isn't in the list
def list_unfinished(graph: CompiledStateGraph, thread_ids: list[str]) -> list[str]:
    """Return the ids of the threads that have something left to do."""

    def open_(thread_id: str) -> bool:
        snapshot = graph.get_state({"configurable": {"thread_id": thread_id}})
        return bool(snapshot.tasks or snapshot.next)

    return [thread_id for thread_id in thread_ids if thread_id and open_(thread_id)]
