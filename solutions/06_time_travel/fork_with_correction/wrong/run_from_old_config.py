# says: the correction was saved, but the run didn't use it
def fork_with_correction(graph, thread_id, message_id, text):
    thread = {"configurable": {"thread_id": thread_id}}
    first = None
    snapshot = graph.get_state(thread)
    while wrong := [m for m in snapshot.values.get("messages", []) if m.id == message_id]:
        first = snapshot
        snapshot = graph.get_state(snapshot.parent_config)
        right = wrong[0].model_copy(update={"content": text})
    graph.update_state(first.config, {"messages": [right]})
    return graph.invoke(None, first.config)  # the checkpoint that has just been edited
