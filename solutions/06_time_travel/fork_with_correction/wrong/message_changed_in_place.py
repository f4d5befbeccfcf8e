# says: no new checkpoint has the correction
def fork_with_correction(graph, thread_id, message_id, text):
    branch, at = [], graph.get_state({"configurable": {"thread_id": thread_id}})
    while at:
        branch.insert(0, at)
        at = graph.get_state(at.parent_config) if at.parent_config else None
    oldest = next(s for s in branch if any(m.id == message_id for m in s.values.get("messages", [])))
    for message in oldest.values["messages"]:
        if message.id == message_id:
            message.content = text
    return graph.invoke(None, oldest.config)
