# says: a branch that the thread had left
def fork_with_correction(graph, thread_id, message_id, text):
    holding = [
        snapshot
        for snapshot in graph.get_state_history({"configurable": {"thread_id": thread_id}})
        if any(message.id == message_id for message in snapshot.values.get("messages", []))
    ]
    oldest = holding[-1]  # the list is the history, newest first
    wrong = next(message for message in oldest.values["messages"] if message.id == message_id)
    fork = graph.update_state(oldest.config, {"messages": [wrong.model_copy(update={"content": text})]})
    return graph.invoke(None, fork)
