# says: its reducer adds whatever you write
def fork_with_correction(graph, thread_id, message_id, text):
    branch, at = [], graph.get_state({"configurable": {"thread_id": thread_id}})
    while at:
        branch.insert(0, at)
        at = graph.get_state(at.parent_config) if at.parent_config else None
    oldest = next(s for s in branch if any(m.id == message_id for m in s.values.get("messages", [])))
    values = dict(oldest.values)
    values["messages"] = [
        m.model_copy(update={"content": text}) if m.id == message_id else m for m in values["messages"]
    ]
    return graph.invoke(None, graph.update_state(oldest.config, values))
