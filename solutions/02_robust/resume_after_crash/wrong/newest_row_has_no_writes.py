# says: never ran
def run_to_end(graph: CompiledStateGraph, thread_id: str, first: dict[str, Any]) -> dict[str, Any]:
    """Looks for pending writes in the newest row, which may be one of a graph that a node ran."""
    config = {"configurable": {"thread_id": thread_id}}
    newest = next(graph.checkpointer.list(config, limit=1), None)
    if newest is None:
        return graph.invoke(first, config)
    state = graph.get_state(config)
    if not state.next and not newest.pending_writes:
        return state.values
    return graph.invoke(None, config)
