# says: but no node set it in that run
def safe_replay(graph, thread_id, start, outside):
    """A node that didn't run in the last run returned something in an earlier one."""
    snapshot, recorded = graph.get_state({"configurable": {"thread_id": thread_id}}), {}
    while start not in snapshot.next:
        recorded.update((task.name, task.result) for task in snapshot.tasks)
        snapshot = graph.get_state(snapshot.parent_config)
    saved, memory = graph.checkpointer.get_tuple(snapshot.config), InMemorySaver()
    config = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
    memory.put(config, saved.checkpoint, saved.metadata, saved.checkpoint["channel_versions"])
    at = snapshot
    while at.parent_config:
        for task in at.tasks:
            recorded.setdefault(task.name, task.result)
        at = graph.get_state(at.parent_config)
    rehearsal = graph.builder.compile(checkpointer=memory)
    while due := rehearsal.get_state(config).next:
        if due[0] in outside:
            rehearsal.update_state(config, recorded.get(due[0]) or {}, as_node=due[0])
        else:
            rehearsal.invoke(None, config, interrupt_before=outside)
    return rehearsal.get_state(config).values
