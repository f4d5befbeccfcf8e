# says: drops nothing
def run_to_end(graph: CompiledStateGraph, thread_id: str, first: dict[str, Any]) -> dict[str, Any]:
    """Bring the job of a thread to its end."""
    config = {"configurable": {"thread_id": thread_id}}
    state = graph.get_state(config)
    if state.created_at is None:
        return graph.invoke(first, config)
    if any(task.result is not None for task in state.tasks):
        graph.update_state(config, None, as_node=END)
    return graph.invoke(None, config)
