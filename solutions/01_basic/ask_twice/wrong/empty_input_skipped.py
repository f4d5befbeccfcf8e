# says: didn't run for it
def ask_twice(
    builder: StateGraph,
    saver: BaseCheckpointSaver,
    thread_id: str,
    first: dict[str, Any],
    second: dict[str, Any],
) -> dict[str, Any]:
    """Run a graph twice in one thread, and return the state after the second run."""
    graph = builder.compile(checkpointer=saver).with_config(configurable={"thread_id": thread_id})
    state = {}
    for given in (first, second):
        if given:
            state = graph.invoke(given)
    return state
