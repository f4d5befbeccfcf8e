# says: drops nothing
def run_to_end(graph: CompiledStateGraph, thread_id: str, first: dict[str, Any]) -> dict[str, Any]:
    """Bring the job of a thread to its end."""
    config = {"configurable": {"thread_id": thread_id}}
    saved = graph.checkpointer.get_tuple(config)
    if saved is None:
        return graph.invoke(first, config)
    due = [
        name for name in saved.checkpoint["channel_values"] if name.startswith(("branch:to:", "__start__"))
    ]
    if not due:
        return graph.get_state(config).values
    return graph.invoke(None, config)
