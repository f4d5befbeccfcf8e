# says: isn't what its owner passed
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
    first.update(second)  # one dict for both calls: what the second doesn't name goes in twice
    return graph.invoke({key: first[key] for key in second}, thread)
