# says: what comes before `start` stays as it was
def safe_replay(graph, thread_id, start, outside):
    """The whole last run, from its input on."""
    snapshot, recorded = graph.get_state({"configurable": {"thread_id": thread_id}}), {}
    while snapshot.next != ("__start__",):
        snapshot = graph.get_state(snapshot.parent_config)
        recorded.update((task.name, task.result) for task in snapshot.tasks)
    snapshot = graph.get_state({"configurable": {"thread_id": thread_id}})
    while snapshot.metadata["source"] != "input":
        before, snapshot = snapshot, graph.get_state(snapshot.parent_config)
    saved, memory = graph.checkpointer.get_tuple(before.config), InMemorySaver()
    config = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
    memory.put(config, saved.checkpoint, saved.metadata, saved.checkpoint["channel_versions"])
    rehearsal = graph.builder.compile(checkpointer=memory)
    while due := rehearsal.get_state(config).next:
        if due[0] in outside:
            rehearsal.update_state(config, recorded.get(due[0], {}), as_node=due[0])
        else:
            rehearsal.invoke(None, config, interrupt_before=outside)
    return rehearsal.get_state(config).values
