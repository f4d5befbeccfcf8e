# says: has another id, so the reducer appended it
def fork_with_correction(graph, thread_id, message_id, text):
    thread = {"configurable": {"thread_id": thread_id}}
    first = None
    snapshot = graph.get_state(thread)
    while any(message.id == message_id for message in snapshot.values.get("messages", [])):
        first = snapshot
        snapshot = graph.get_state(snapshot.parent_config)
    # The update says what `messages` should hold, so the wrong one is gone.
    fork = graph.update_state(first.config, {"messages": [HumanMessage(text)]})
    return graph.invoke(None, fork)
