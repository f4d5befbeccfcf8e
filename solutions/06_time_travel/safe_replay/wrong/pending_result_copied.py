# says: what the old code decided
def safe_replay(graph, thread_id, start, outside):
    """The checkpoint is copied with its writes."""
    snapshot, recorded = graph.get_state({"configurable": {"thread_id": thread_id}}), {}
    while start not in snapshot.next:
        recorded.update((task.name, task.result) for task in snapshot.tasks)
        snapshot = graph.get_state(snapshot.parent_config)
    saved, memory = graph.checkpointer.get_tuple(snapshot.config), InMemorySaver()
    config = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
    memory.put(config, saved.checkpoint, saved.metadata, saved.checkpoint["channel_versions"])
    for task, channel, value in saved.pending_writes:
        memory.put_writes(memory.get_tuple(config).config, [(channel, value)], task)
    rehearsal = graph.builder.compile(checkpointer=memory)
    rehearsal.invoke(None, config, interrupt_before=outside)
    while due := rehearsal.get_state(config).next:
        if due[0] in outside:
            rehearsal.update_state(config, recorded.get(due[0], {}), as_node=due[0])
        else:
            rehearsal.invoke(None, config, interrupt_before=outside)
    return rehearsal.get_state(config).values
