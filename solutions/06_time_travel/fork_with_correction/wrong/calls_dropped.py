# says: besides its text
def ancestors(graph: CompiledStateGraph, thread_id: str):
    head = graph.get_state({"configurable": {"thread_id": thread_id}}).config
    while head:
        snapshot = graph.get_state(head)
        yield snapshot
        head = snapshot.parent_config


def named(snapshot: StateSnapshot, message_id: str) -> AnyMessage | None:
    for message in snapshot.values.get("messages", []):
        if message.id == message_id:
            return message
    return None


def fork_with_correction(
    graph: CompiledStateGraph, thread_id: str, message_id: str, text: str
) -> dict[str, Any]:
    """Run the graph from where the message first appeared, with `text` in it; return the final state."""
    holders = [s for s in ancestors(graph, thread_id) if named(s, message_id)]
    origin = holders[-1]
    corrected = named(origin, message_id).model_copy(
        update={
            "content": text,
            **({"tool_calls": []} if getattr(named(origin, message_id), "tool_calls", None) else {}),
        }
    )
    fork = graph.update_state(origin.config, {"messages": [corrected]})
    if graph.get_state(fork).next:
        return graph.invoke(None, fork)
    return graph.get_state(fork).values
