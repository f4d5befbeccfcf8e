# says: is what the node that sets it had returned in the real run
def safe_replay(graph: CompiledStateGraph, thread_id: str, start: str, outside: list[str]) -> dict[str, Any]:
    """Return the state that `graph` would have reached from `start`, without reaching out of it."""
    after, returned = graph.get_state({"configurable": {"thread_id": thread_id}}), {}
    while start not in after.next:
        snapshot = graph.get_state(after.parent_config)
        if after.metadata["source"] == "loop":  # a fork is nobody's step
            returned = {task.name: task.result for task in snapshot.tasks} | returned
        after = snapshot
    snapshot = after

    saved, memory = graph.checkpointer.get_tuple(snapshot.config), InMemorySaver()
    here = {"configurable": {"thread_id": "rehearsal", "checkpoint_ns": ""}}
    memory.put(here, saved.checkpoint, saved.metadata, saved.checkpoint["channel_versions"])
    rehearsal = graph.builder.compile(checkpointer=memory)
    while due := rehearsal.get_state(here).next:
        if due[0] in outside:
            rehearsal.update_state(here, returned.get(due[0], {}), as_node=due[0])
        else:
            rehearsal.invoke(None, here, interrupt_before=outside)
    return rehearsal.get_state(here).values
