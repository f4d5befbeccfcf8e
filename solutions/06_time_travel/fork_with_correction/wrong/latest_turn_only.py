# says: and not look_up, remark, refuse
def fork_with_correction(graph, thread_id, message_id, text):
    config = {"configurable": {"thread_id": thread_id}}
    history = list(graph.get_state_history(config, limit=8))
    holds = [s for s in history if any(m.id == message_id for m in s.values.get("messages", []))] or history
    oldest = holds[-1]
    wrong = next(
        (m for m in oldest.values["messages"] if m.id == message_id), HumanMessage("", id=message_id)
    )
    fork = graph.update_state(oldest.config, {"messages": [wrong.model_copy(update={"content": text})]})
    return graph.invoke(None, fork)
