# says: even if later ones don't
def corrected(message: AnyMessage, text: str) -> AnyMessage:
    """The same message with another text; images and the like stay where they are."""
    if isinstance(message.content, str):
        return message.model_copy(update={"content": text})
    blocks, placed = [], False
    for block in message.content:
        if isinstance(block, str) or block.get("type") == "text":
            if not placed:
                blocks.append(text if isinstance(block, str) else {**block, "text": text})
            placed = True
        else:
            blocks.append(block)
    return message.model_copy(
        update={"content": blocks if placed else [{"type": "text", "text": text}, *blocks]}
    )


def fork_with_correction(
    graph: CompiledStateGraph, thread_id: str, message_id: str, text: str
) -> dict[str, Any]:
    """Run the graph from where the message first appeared, with `text` in it; return the final state."""
    thread: Any = {"configurable": {"thread_id": thread_id}}
    oldest = None
    step: Any = graph.get_state(thread).config
    while step:
        snapshot = graph.get_state(step)
        for message in snapshot.values.get("messages", []):
            if message.id == message_id:
                oldest = snapshot, message
        if oldest and oldest[0] is not snapshot:
            break
        step = snapshot.parent_config
    if oldest is None:
        raise LookupError(message_id)
    snapshot, message = oldest
    fork = graph.update_state(snapshot.config, {"messages": [corrected(message, text)]})
    for _ in graph.stream(None, fork):
        pass
    return graph.get_state(thread).values
