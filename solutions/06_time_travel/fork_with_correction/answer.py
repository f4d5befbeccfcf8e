def fork_with_correction(
    graph: CompiledStateGraph, thread_id: str, message_id: str, text: str
) -> dict[str, Any]:
    """Run the graph from where the message first appeared, with `text` in it; return the final state."""

    ### BEGIN SOLUTION
    def find(snapshot: StateSnapshot) -> AnyMessage | None:
        return next((one for one in snapshot.values["messages"] if one.id == message_id), None)

    snapshot = graph.get_state({"configurable": {"thread_id": thread_id}})
    branch = [snapshot]
    while snapshot.parent_config:
        snapshot = graph.get_state(snapshot.parent_config)
        branch.append(snapshot)
    oldest = next(snapshot for snapshot in reversed(branch) if find(snapshot))
    right = find(oldest).model_copy(update={"content": text})
    # The reducer of `messages` replaces the message that has this id. The old checkpoint is only the parent.
    fork = graph.update_state(oldest.config, {"messages": [right]})
    return graph.invoke(None, fork)
    ### END SOLUTION
