# says: though there were more branches
def limit_branches(
    graph: CompiledStateGraph, given: dict[str, Any], thread_id: str, limit: int
) -> dict[str, Any]:
    """Run a graph in a thread, with so many branches at a time, and return the state."""
    import os

    config = {
        "configurable": {"thread_id": thread_id},
        "max_concurrency": min(limit, os.cpu_count() or 1),
    }
    return graph.invoke(given, config)
