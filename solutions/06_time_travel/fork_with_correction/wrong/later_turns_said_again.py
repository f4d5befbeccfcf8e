# says: and only look_up, remark, refuse should
def fork_with_correction(graph, thread_id, message_id, text):
    branch, at = [], graph.get_state({"configurable": {"thread_id": thread_id}})
    while at:
        branch.insert(0, at)
        at = graph.get_state(at.parent_config) if at.parent_config else None
    oldest = next(s for s in branch if any(m.id == message_id for m in s.values.get("messages", [])))
    wrong = next(m for m in oldest.values["messages"] if m.id == message_id)
    known = {m.id for m in oldest.values["messages"]}
    later = [m for m in branch[-1].values["messages"] if m.name == "Ida" and m.id not in known]
    state = graph.invoke(
        None, graph.update_state(oldest.config, {"messages": [wrong.model_copy(update={"content": text})]})
    )
    for message in later:
        state = graph.invoke({"messages": [message]}, {"configurable": {"thread_id": thread_id}})
    return state
