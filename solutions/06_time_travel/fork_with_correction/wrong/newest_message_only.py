# says: 'NoneType' object has no attribute
def fork_with_correction(graph, thread_id, message_id, text):
    """Back as long as the message is there; it may have been dropped since."""

    def find(snapshot):
        return next((m for m in snapshot.values.get("messages", []) if m.id == message_id), None)

    at = graph.get_state({"configurable": {"thread_id": thread_id}})
    while at.parent_config and find(graph.get_state(at.parent_config)):
        at = graph.get_state(at.parent_config)
    right = find(at).model_copy(update={"content": text})
    return graph.invoke(None, graph.update_state(at.config, {"messages": [right]}))
