# says: each node after it counts once
def safe_replay(graph, thread_id, start, outside):
    """What an outside node returned is taken from the state after it."""
    snapshot, recorded = graph.get_state({"configurable": {"thread_id": thread_id}}), {}
    while start not in snapshot.next:
        recorded.update((task.name, task.result) for task in snapshot.tasks)
        snapshot = graph.get_state(snapshot.parent_config)
    saved, memory = graph.checkpointer.get_tuple(snapshot.config), InMemorySaver()
    config = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
    memory.put(config, saved.checkpoint, saved.metadata, saved.checkpoint["channel_versions"])
    after, at = {}, graph.get_state({"configurable": {"thread_id": thread_id}})
    while start not in at.next:
        parent = graph.get_state(at.parent_config)
        changed = {key: value for key, value in at.values.items() if parent.values.get(key) != value}
        after[parent.next[0]], at = changed, parent
    rehearsal = graph.builder.compile(checkpointer=memory)
    while due := rehearsal.get_state(config).next:
        if due[0] in outside:
            rehearsal.update_state(config, after.get(due[0], {}), as_node=due[0])
        else:
            rehearsal.invoke(None, config, interrupt_before=outside)
    return rehearsal.get_state(config).values
