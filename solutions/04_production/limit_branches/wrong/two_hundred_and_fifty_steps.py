# says: a `recursion_limit` of 250
def limit_branches(
    graph: CompiledStateGraph, given: dict[str, Any], thread_id: str, limit: int
) -> dict[str, Any]:
    """Run a graph in a thread, with so many branches at a time, and return the state."""
    config = {"configurable": {"thread_id": thread_id}, "max_concurrency": limit, "recursion_limit": 250}
    return graph.invoke(given, config)
