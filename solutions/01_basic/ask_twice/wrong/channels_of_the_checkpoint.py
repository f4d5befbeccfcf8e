# says: LangGraph's own notes
def ask_twice(
    builder: StateGraph,
    saver: BaseCheckpointSaver,
    thread_id: str,
    first: dict[str, Any],
    second: dict[str, Any],
) -> dict[str, Any]:
    """Run a graph twice in one thread, and return the state after the second run."""
    graph = builder.compile(checkpointer=saver)
    thread = {"configurable": {"thread_id": thread_id}}
    graph.invoke(first, thread)
    graph.invoke(second, thread)
    return saver.get(thread)["channel_values"]
