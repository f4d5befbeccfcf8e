# says: checkpoint_id
def run_to_end(graph: CompiledStateGraph, thread_id: str, first: dict[str, Any]) -> dict[str, Any]:
    """Bring the job of a thread to its end."""
    state = graph.get_state({"configurable": {"thread_id": thread_id}})
    if state.metadata is None:
        return graph.invoke(first, state.config)
    if not state.tasks:
        return state.values
    return graph.invoke(None, state.config)
