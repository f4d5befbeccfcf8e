# says: repeats finished nodes
def fork_with_correction(graph, thread_id, message_id, text):
    branch, at = [], graph.get_state({"configurable": {"thread_id": thread_id}})
    while at:
        branch.insert(0, at)
        at = graph.get_state(at.parent_config) if at.parent_config else None
    place = next(
        n for n, s in enumerate(branch) if any(m.id == message_id for m in s.values.get("messages", []))
    )
    while "__start__" not in branch[place].next:
        place -= 1
    turn = next(
        m
        for m in branch[place + 1].values["messages"]
        if m.id not in {o.id for o in branch[place].values.get("messages", [])}
    )
    right = next(m for s in branch for m in s.values.get("messages", []) if m.id == message_id)
    return graph.invoke(
        {"messages": [turn, right.model_copy(update={"content": text})]}, branch[place].config
    )
