# says: delete nothing there
def limit_branches(
    graph: CompiledStateGraph, given: dict[str, Any], thread_id: str, limit: int
) -> dict[str, Any]:
    """Run a graph in a thread, with so many branches at a time, and return the state."""
    graph.checkpointer.delete_thread(thread_id)
    config = {"configurable": {"thread_id": thread_id}, "max_concurrency": limit}
    return graph.invoke(given, config)
