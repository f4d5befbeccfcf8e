# says: more than the service bears
def limit_branches(
    graph: CompiledStateGraph, given: dict[str, Any], thread_id: str, limit: int
) -> dict[str, Any]:
    """Run a graph in a thread, with so many branches at a time, and return the state."""
    config = {"max_concurrency": limit, **(graph.config or {})}
    config["configurable"] = {**config.get("configurable", {}), "thread_id": thread_id}
    return graph.invoke(given, config)
