# says: whether or not the thread has run before
def limit_branches(
    graph: CompiledStateGraph, given: dict[str, Any], thread_id: str, limit: int
) -> dict[str, Any]:
    """Run a graph in a thread, with so many branches at a time, and return the state."""
    bounded = graph.with_config(max_concurrency=limit)
    before = graph.get_state({"configurable": {"thread_id": thread_id}})
    if before.values and not before.next:
        return before.values
    return bounded.invoke(given, {"configurable": {"thread_id": thread_id}})
