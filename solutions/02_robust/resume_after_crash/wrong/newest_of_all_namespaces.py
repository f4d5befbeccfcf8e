# says: runs what's left
def _over(saved) -> bool:
    values = saved.checkpoint["channel_values"]
    due = ("__start__", "__pregel_tasks", "branch:to:", "join:")
    return not any(name.startswith(due) and value != set() and value != [] for name, value in values.items())


def run_to_end(graph: CompiledStateGraph, thread_id: str, first: dict[str, Any]) -> dict[str, Any]:
    """Bring the job of a thread to its end."""
    config = {"configurable": {"thread_id": thread_id}}
    newest = next(graph.checkpointer.list(config, limit=1), None)
    if newest is None:
        return graph.invoke(first, config)
    if _over(newest):
        return graph.get_state(config).values
    return graph.invoke(None, config)
