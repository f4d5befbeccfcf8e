# says: and is a `HumanMessage` now
def fork_with_correction(graph, thread_id, message_id, text):
    first, snapshot = None, graph.get_state({"configurable": {"thread_id": thread_id}})
    while any(message.id == message_id for message in snapshot.values.get("messages", [])):
        first, snapshot = snapshot, graph.get_state(snapshot.parent_config)
    # The id says which message it is; the rest is its text.
    fork = graph.update_state(first.config, {"messages": [HumanMessage(text, id=message_id)]})
    return graph.invoke(None, fork)
