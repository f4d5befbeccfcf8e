# says: your rehearsal still held
# one scratch thread, which is only deleted if nothing raises
def safe_replay(graph: CompiledStateGraph, thread_id: str, start: str, outside: list[str]) -> dict[str, Any]:
    """Return the state that `graph` would have reached from `start`, without reaching out of it."""
    saver = graph.checkpointer
    history = [*graph.get_state_history({"configurable": {"thread_id": thread_id}})]
    by_id = {each.config["configurable"]["checkpoint_id"]: each for each in history}

    returned: dict[str, dict[str, Any]] = {}
    snapshot = history[0]
    while start not in snapshot.next:  # up the current branch
        for task in snapshot.tasks:
            if task.name in outside and task.result is not None:
                returned.setdefault(task.name, task.result)
        snapshot = by_id[snapshot.parent_config["configurable"]["checkpoint_id"]]

    scratch = {"configurable": {"thread_id": f"replay of {thread_id}", "checkpoint_ns": ""}}
    saved = saver.get_tuple(snapshot.config)
    saver.put(scratch, saved.checkpoint, saved.metadata, saved.checkpoint["channel_versions"])
    while due := graph.get_state(scratch).next:
        if due[0] in outside:
            graph.update_state(scratch, returned.get(due[0], {}), as_node=due[0])
        else:
            graph.invoke(None, scratch, interrupt_before=outside)
    values = graph.get_state(scratch).values
    saver.delete_thread(f"replay of {thread_id}")
    return values
