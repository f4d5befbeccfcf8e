# says: had another saver or other nodes
def safe_replay(graph: CompiledStateGraph, thread_id: str, start: str, outside: list[str]) -> dict[str, Any]:
    """Return the state that `graph` would have reached from `start`, without reaching out of it."""
    history = []
    snapshot = graph.get_state({"configurable": {"thread_id": thread_id}})
    while True:
        history.append(snapshot)
        if snapshot.next == (start,):
            break
        snapshot = graph.get_state(snapshot.parent_config)

    results: dict[str, dict[str, Any]] = {}
    for one in history[:-1]:  # newest first: what ran last counts
        for task in one.tasks:
            if task.result is not None:
                results.setdefault(task.name, task.result)
    saver = graph.checkpointer
    found = saver.get_tuple(snapshot.config)
    memory = InMemorySaver()
    config = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
    memory.put(config, found.checkpoint, found.metadata, found.checkpoint["channel_versions"])
    graph.checkpointer = memory
    try:
        while due := graph.get_state(config).next:
            if due[0] in outside:
                graph.update_state(config, results.get(due[0], {}), as_node=due[0])
            else:
                graph.invoke(None, config, interrupt_before=outside)
        return graph.get_state(config).values
    finally:
        graph.checkpointer = saver
