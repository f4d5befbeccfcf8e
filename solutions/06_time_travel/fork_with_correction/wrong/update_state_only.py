# says: what followed from the wrong text is still there
def fork_with_correction(graph, thread_id, message_id, text):
    thread = {"configurable": {"thread_id": thread_id}}
    messages = graph.get_state(thread).values["messages"]
    wrong = next(message for message in messages if message.id == message_id)
    # `update_state` puts the history right.
    graph.update_state(thread, {"messages": [wrong.model_copy(update={"content": text})]})
    return graph.invoke(None, thread) or graph.get_state(thread).values
