# says: whatever has run elsewhere
# a saver that's gone leaves its id to the next one, which may be of another file
_finished: dict[tuple[int, str], dict[str, Any]] = {}


def run_to_end(graph: CompiledStateGraph, thread_id: str, first: dict[str, Any]) -> dict[str, Any]:
    """Bring the job of a thread to its end."""
    job = (id(graph.checkpointer), thread_id)
    if job not in _finished:
        config = {"configurable": {"thread_id": thread_id}}
        begun = graph.checkpointer.get_tuple(config) is not None
        _finished[job] = graph.invoke(None if begun else first, config)
    return _finished[job]
