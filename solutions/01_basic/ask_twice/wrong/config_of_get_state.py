# says: without a `checkpoint_id`
def ask_twice(
    builder: StateGraph,
    saver: BaseCheckpointSaver,
    thread_id: str,
    first: dict[str, Any],
    second: dict[str, Any],
) -> dict[str, Any]:
    """Run a graph twice in one thread, and return the state after the second run."""
    graph = builder.compile(checkpointer=saver)
    config = graph.get_state({"configurable": {"thread_id": thread_id}}).config
    graph.invoke(first, config)
    return graph.invoke(second, config)
