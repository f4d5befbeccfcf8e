# says: you're given, not 1
_bound = {}


def limit_branches(
    graph: CompiledStateGraph, given: dict[str, Any], thread_id: str, limit: int
) -> dict[str, Any]:
    """Run a graph in a thread, with so many branches at a time, and return the state."""
    if id(graph) not in _bound:
        _bound[id(graph)] = graph.with_config(max_concurrency=limit, configurable={"thread_id": thread_id})
    return _bound[id(graph)].invoke(given)
