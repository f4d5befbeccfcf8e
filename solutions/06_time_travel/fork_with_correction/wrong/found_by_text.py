# says: is missing from the state
def fork_with_correction(graph, thread_id, message_id, text):
    branch, at = [], graph.get_state({"configurable": {"thread_id": thread_id}})
    while at:
        branch.insert(0, at)
        at = graph.get_state(at.parent_config) if at.parent_config else None
    wrong = next(m for s in branch for m in s.values.get("messages", []) if m.id == message_id)
    oldest = next(s for s in branch if any(m.text == wrong.text for m in s.values.get("messages", [])))
    right = wrong.model_copy(update={"content": text})
    return graph.invoke(None, graph.update_state(oldest.config, {"messages": [right]}))
