# says: whatever has run elsewhere
_FINISHED: dict[str, dict[str, Any]] = {}


def run_to_end(graph: CompiledStateGraph, thread_id: str, first: dict[str, Any]) -> dict[str, Any]:
    """Bring the job of a thread to its end."""
    if thread_id in _FINISHED:
        return _FINISHED[thread_id]
    config = {"configurable": {"thread_id": thread_id}}
    started = graph.checkpointer.get_tuple(config) is not None
    _FINISHED[thread_id] = graph.invoke(None if started else first, config)
    return _FINISHED[thread_id]
