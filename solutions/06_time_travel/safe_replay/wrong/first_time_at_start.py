# says: so take the last checkpoint from which `start` ran
def safe_replay(graph: CompiledStateGraph, thread_id: str, start: str, outside: list[str]) -> dict[str, Any]:
    """Return the state that `graph` would have reached from `start`, without reaching out of it."""
    run = [graph.get_state({"configurable": {"thread_id": thread_id}})]
    while run[0].metadata["source"] != "input":  # here the last run began
        run.insert(0, graph.get_state(run[0].parent_config))
    at = next(place for place, snapshot in enumerate(run) if start in snapshot.next)
    snapshot, returned = run[at], {}
    for later in run[at + 1 :]:
        returned |= {task.name: task.result for task in later.tasks}

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
