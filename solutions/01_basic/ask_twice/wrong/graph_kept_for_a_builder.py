# says: came with another saver
_graphs: dict = {}


def ask_twice(
    builder: StateGraph,
    saver: BaseCheckpointSaver,
    thread_id: str,
    first: dict[str, Any],
    second: dict[str, Any],
) -> dict[str, Any]:
    """Run a graph twice in one thread, and return the state after the second run."""
    if builder not in _graphs:
        _graphs[builder] = builder.compile(checkpointer=saver)
    config = {"configurable": {"thread_id": thread_id}}
    _graphs[builder].invoke(first, config)
    return _graphs[builder].invoke(second, config)
