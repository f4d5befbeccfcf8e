# says: run in the `thread_id`
def limit_branches(
    graph: CompiledStateGraph, given: dict[str, Any], thread_id: str, limit: int
) -> dict[str, Any]:
    """Run a graph in a thread, with so many branches at a time, and return the state."""
    bounded = graph.with_config(max_concurrency=limit)
    return bounded.invoke(given, {"configurable": {"thread_id": thread_id.strip()}})
