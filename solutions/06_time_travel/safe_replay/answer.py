def safe_replay(graph: CompiledStateGraph, thread_id: str, start: str, outside: list[str]) -> dict[str, Any]:
    """Return the state that `graph` would have reached from `start`, without reaching out of it."""
    ### BEGIN SOLUTION
    snapshot = graph.get_state({"configurable": {"thread_id": thread_id}})
    recorded: dict[str, Any] = {}
    while start not in snapshot.next:
        # Somebody may have run a node again: what's nearest to the thread's end is what the last run got.
        recorded = {task.name: task.result for task in snapshot.tasks} | recorded
        snapshot = graph.get_state(snapshot.parent_config)

    # The rehearsal has a saver of its own: a replay on the thread would become its newest branch.
    saved, memory = graph.checkpointer.get_tuple(snapshot.config), InMemorySaver()
    config = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
    memory.put(config, saved.checkpoint, saved.metadata, saved.checkpoint["channel_versions"])
    rehearsal = graph.builder.compile(checkpointer=memory)

    while due := rehearsal.get_state(config).next:
        if due[0] in outside:
            rehearsal.update_state(config, recorded.get(due[0], {}), as_node=due[0])
        else:  # `invoke` does not stop before the very first node, so it may only be called for one that may run
            rehearsal.invoke(None, config, interrupt_before=outside)
    return rehearsal.get_state(config).values
    ### END SOLUTION
