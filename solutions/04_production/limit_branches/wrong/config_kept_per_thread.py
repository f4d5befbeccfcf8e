# says: an earlier call's limit
_configs: dict[str, dict[str, Any]] = {}


def limit_branches(
    graph: CompiledStateGraph, given: dict[str, Any], thread_id: str, limit: int
) -> dict[str, Any]:
    """Run a graph in a thread, with so many branches at a time, and return the state."""
    config = _configs.setdefault(
        thread_id, {"configurable": {"thread_id": thread_id}, "max_concurrency": limit}
    )
    return graph.invoke(given, config)
