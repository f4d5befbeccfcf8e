# says: you changed `graph` itself
def safe_replay(graph: CompiledStateGraph, thread_id: str, start: str, outside: list[str]) -> dict[str, Any]:
    """Return the state that `graph` would have reached from `start`, without reaching out of it."""
    import copy

    from langchain_core.runnables import RunnableLambda

    returned: dict[str, Any] = {}
    config: Any = graph.get_state({"configurable": {"thread_id": thread_id}}).config
    while True:
        snapshot = graph.get_state(config)
        if start in [task.name for task in snapshot.tasks]:
            break
        for task in snapshot.tasks:
            if task.result is not None:
                returned.setdefault(task.name, task.result)
        config = snapshot.parent_config

    def double(name: str) -> Any:
        then = returned.get(name, {})
        return graph.nodes[name].copy({"bound": RunnableLambda(lambda _: copy.deepcopy(then))})

    stage = copy.copy(graph)
    real = dict(graph.nodes)
    graph.nodes.update({**graph.nodes, **{name: double(name) for name in outside if name in graph.nodes}})
    stage.interrupt_before_nodes = stage.interrupt_after_nodes = ()
    stage.checkpointer = InMemorySaver(serde=graph.checkpointer.serde)
    saved = graph.checkpointer.get_tuple(snapshot.config)
    here: Any = {"configurable": {"thread_id": "replay", "checkpoint_ns": ""}}
    stage.checkpointer.put(here, saved.checkpoint, saved.metadata, saved.checkpoint["channel_versions"])
    stage.invoke(None, {"configurable": {"thread_id": "replay"}})
    state = stage.get_state({"configurable": {"thread_id": "replay"}}).values
    graph.nodes.update(real)
    return state
