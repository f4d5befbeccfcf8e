# says: a saver or a thread that no other call has used
from langchain_core.runnables import RunnableLambda


def safe_replay(graph, thread_id, start, outside):
    """Return the state that `graph` would have reached from `start`, without reaching out of it."""
    config = {"configurable": {"thread_id": thread_id}}
    said, snapshot = {}, graph.get_state(config)
    while True:
        for task in snapshot.tasks:
            if task.result is not None:
                said[task.name] = task.result
        if start in snapshot.next:
            break
        snapshot = graph.get_state(snapshot.parent_config)
    lab = graph.checkpointer
    saved = graph.checkpointer.get_tuple(snapshot.config)
    lab.put(
        {"configurable": {"thread_id": "lab", "checkpoint_ns": ""}},
        saved.checkpoint,
        saved.metadata,
        saved.checkpoint["channel_versions"],
    )

    def dummy(name):
        return graph.nodes[name].copy({"bound": RunnableLambda(lambda _: said.get(name, {}))})

    twin = graph.copy()
    twin.nodes = {name: dummy(name) if name in outside else old for name, old in graph.nodes.items()}
    return twin.invoke(None, {"configurable": {"thread_id": "lab"}})
