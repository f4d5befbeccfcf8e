def ask_twice(
    builder: StateGraph,
    saver: BaseCheckpointSaver,
    thread_id: str,
    first: dict[str, Any],
    second: dict[str, Any],
) -> dict[str, Any]:
    """Run a graph twice in one thread, and return the state after the second run."""
    ### BEGIN SOLUTION
    graph = builder.compile(checkpointer=saver)
    thread = {"configurable": {"thread_id": thread_id}}
    graph.invoke(first, thread)
    return graph.invoke(second, thread)
    ### END SOLUTION
