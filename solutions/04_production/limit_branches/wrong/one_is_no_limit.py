# says: which the run's config hasn't got
def limit_branches(
    graph: CompiledStateGraph, given: dict[str, Any], thread_id: str, limit: int
) -> dict[str, Any]:
    """Run a graph in a thread, with so many branches at a time, and return the state."""
    config: dict[str, Any] = {"configurable": {"thread_id": thread_id}}
    if limit > 1:
        config["max_concurrency"] = limit
    return graph.invoke(given, config)
