# says: whatever they returned
def run_to_end(graph: CompiledStateGraph, thread_id: str, first: dict[str, Any]) -> dict[str, Any]:
    """Bring the job of a thread to its end, from wherever an earlier process left it; return its state."""
    config = {"configurable": {"thread_id": thread_id}}
    state = graph.get_state(config)
    if state.created_at is None:
        graph.invoke(first, config, durability="sync")
    elif state.next or any(task.result for task in state.tasks):
        graph.invoke(None, config, durability="sync")
    return graph.get_state(config).values
