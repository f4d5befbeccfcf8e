# says: with this id only
def fork_with_correction(graph, thread_id, message_id, text):
    branch, at = [], graph.get_state({"configurable": {"thread_id": thread_id}})
    while at:
        branch.insert(0, at)
        at = graph.get_state(at.parent_config) if at.parent_config else None

    def has(s):
        return [m for m in s.values.get("messages", []) if message_id.split("-")[0] in m.id]

    oldest = next(s for s in branch if has(s))
    right = has(oldest)[0].model_copy(update={"content": text, "id": message_id})
    return graph.invoke(None, graph.update_state(oldest.config, {"messages": [right]}))
