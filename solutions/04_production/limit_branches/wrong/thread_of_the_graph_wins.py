# says: in the thread that you're given
def limit_branches(
    graph: CompiledStateGraph, given: dict[str, Any], thread_id: str, limit: int
) -> dict[str, Any]:
    """Run a graph in a thread, with so many branches at a time, and return the state."""
    bound = (graph.config or {}).get("configurable", {})
    config = {"configurable": {"thread_id": thread_id, **bound}, "max_concurrency": limit}
    return graph.invoke(given, config)
