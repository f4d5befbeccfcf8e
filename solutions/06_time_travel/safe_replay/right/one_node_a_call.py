def safe_replay(graph: CompiledStateGraph, thread_id: str, start: str, outside: list[str]) -> dict[str, Any]:
    """Each call runs one node, since a run that stops before every node never stops before its first."""
    saver = graph.checkpointer
    recorded: dict[str, Any] = {}
    config = graph.get_state({"configurable": {"thread_id": thread_id}}).config
    while True:
        snapshot = graph.get_state(config)
        for task in snapshot.tasks:
            if task.result is not None:
                recorded.setdefault(task.name, task.result)
        if start in (task.name for task in snapshot.tasks):
            break
        config = snapshot.parent_config

    kept = saver.get_tuple(config)
    aside = InMemorySaver()
    place = {"configurable": {"thread_id": "aside", "checkpoint_ns": ""}}
    aside.put(place, kept.checkpoint, kept.metadata, kept.checkpoint["channel_versions"])
    rehearsal = graph.builder.compile(checkpointer=aside)
    here = {"configurable": {"thread_id": "aside"}}
    while due := rehearsal.get_state(here).next:
        if due[0] in outside:
            rehearsal.update_state(here, recorded.get(due[0], {}), as_node=due[0])
        else:
            rehearsal.invoke(None, here, interrupt_before="*")
    return rehearsal.get_state(here).values
