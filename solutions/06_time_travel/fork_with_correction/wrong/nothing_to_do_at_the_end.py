# says: no node ran after the correction
# the newest checkpoint has that text already, but what followed from the old one too
def fork_with_correction(
    graph: CompiledStateGraph, thread_id: str, message_id: str, text: str
) -> dict[str, Any]:
    """Run the graph from where the message first appeared, with `text` in it; return the final state."""

    def find(snapshot: StateSnapshot) -> AnyMessage | None:
        messages = snapshot.values.get("messages", [])
        return next((message for message in messages if message.id == message_id), None)

    snapshot = graph.get_state({"configurable": {"thread_id": thread_id}})
    newest = find(snapshot)
    if newest is not None and newest.text == text:
        return snapshot.values  # it's been corrected already

    branch = [snapshot]
    while branch[-1].parent_config:
        branch.append(graph.get_state(branch[-1].parent_config))
    oldest = max((n for n, one in enumerate(branch) if find(one) is not None), default=None)
    if oldest is None:
        raise LookupError(message_id)
    first = branch[oldest]
    writer = branch[oldest + 1].next[0]  # the node that was due before it has written it
    corrected = find(first).model_copy(update={"content": text})
    child = graph.update_state(first.config, {"messages": [corrected]}, as_node=writer)
    return graph.invoke(None, child)
