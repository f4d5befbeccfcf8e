# says: so give it each call's own `limit`
def limit_branches(
    graph: CompiledStateGraph, given: dict[str, Any], thread_id: str, limit: int
) -> dict[str, Any]:
    """Run a graph in a thread, with so many branches at a time, and return the state."""
    # One thread is for the graph itself.
    return graph.invoke(given, {"configurable": {"thread_id": thread_id}, "max_concurrency": limit + 1})
