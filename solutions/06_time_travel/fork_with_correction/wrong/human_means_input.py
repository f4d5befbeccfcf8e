# says: an update in the name of `__start__`
def fork_with_correction(graph, thread_id, message_id, text):
    snapshot, found = graph.get_state({"configurable": {"thread_id": thread_id}}), None
    while True:
        message = next((one for one in snapshot.values.get("messages", []) if one.id == message_id), None)
        if message:
            found = snapshot, message
        if not snapshot.parent_config:
            break
        snapshot = graph.get_state(snapshot.parent_config)
    snapshot, message = found
    right = type(message)(**{**message.model_dump(), "content": text})
    # What a person says is the input; all else is of whatever node wrote last.
    writer = "__start__" if message.type == "human" else None
    return graph.invoke(None, graph.update_state(snapshot.config, {"messages": [right]}, as_node=writer))
