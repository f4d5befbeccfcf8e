# says: came in with the corrected message
def fork_with_correction(
    graph: CompiledStateGraph, thread_id: str, message_id: str, text: str
) -> dict[str, Any]:
    """Run the graph from where the message first appeared, with `text` in it; return the final state."""
    thread = {"configurable": {"thread_id": thread_id}}
    by_id = {s.config["configurable"]["checkpoint_id"]: s for s in graph.get_state_history(thread)}
    current = by_id[next(iter(by_id))]
    oldest = None
    while current is not None:
        for message in current.values.get("messages", []):
            if message.id == message_id:
                oldest, wrong = current, message
        parent = current.parent_config
        current = by_id.get(parent["configurable"]["checkpoint_id"]) if parent else None

    fixed = wrong.model_copy(update={"content": text})
    before = by_id.get((oldest.parent_config or thread)["configurable"].get("checkpoint_id"))
    if before is not None and before.metadata["source"] == "input":
        # It came in from outside: begin the turn again, with the right words.
        start = before.parent_config
        if start is None:  # the very first turn
            fork = graph.update_state(oldest.config, {"messages": [fixed]})
            return graph.invoke(None, fork)
        return graph.invoke({"messages": [fixed]}, start)
    fork = graph.update_state(oldest.config, {"messages": [fixed]})
    return graph.invoke(None, fork)
