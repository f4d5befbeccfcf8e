def limit_branches(
    graph: CompiledStateGraph, given: dict[str, Any], thread_id: str, limit: int
) -> dict[str, Any]:
    """Run a graph in a thread, with so many branches at a time, and return the state."""
    ### BEGIN SOLUTION
    config = {"configurable": {"thread_id": thread_id}, "max_concurrency": limit}
    return graph.invoke(given, config)
    ### END SOLUTION
