def fork_with_correction(
    graph: CompiledStateGraph, thread_id: str, message_id: str, text: str
) -> dict[str, Any]:
    """Go on from where the message first stood, with `text` in it; return the state that this leads to."""
    ### BEGIN SOLUTION
    thread = {"configurable": {"thread_id": thread_id}}

    def find(snapshot: StateSnapshot) -> AnyMessage | None:
        messages = snapshot.values.get("messages", [])
        return next((message for message in messages if message.id == message_id), None)

    snapshot = graph.get_state(thread)
    while snapshot.parent_config and find(parent := graph.get_state(snapshot.parent_config)):
        snapshot = parent
    right = find(snapshot).model_copy(update={"content": text})
    # The reducer of `messages` replaces the message that has this id. The old checkpoint is only the parent.
    fork = graph.update_state(snapshot.config, {"messages": [right]})
    return graph.invoke(None, fork)
    ### END SOLUTION
