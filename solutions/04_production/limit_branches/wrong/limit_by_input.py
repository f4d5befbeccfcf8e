# says: though there were more branches
def limit_branches(
    graph: CompiledStateGraph, given: dict[str, Any], thread_id: str, limit: int
) -> dict[str, Any]:
    """Run a graph in a thread, with so many branches at a time, and return the state."""
    longest = max((len(value) for value in given.values() if isinstance(value, list)), default=1)
    most = max(1, min(limit, longest))  # there won't be more branches than that
    return graph.invoke(given, {"configurable": {"thread_id": thread_id}, "max_concurrency": most})
