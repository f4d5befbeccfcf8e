# says: you changed `graph` itself
from langchain_core.runnables import RunnableLambda


def safe_replay(graph, thread_id, start, outside):
    snapshot, recorded = graph.get_state({"configurable": {"thread_id": thread_id}}), {}
    while start not in snapshot.next:
        recorded.update((task.name, task.result) for task in snapshot.tasks)
        snapshot = graph.get_state(snapshot.parent_config)
    saved, memory = graph.checkpointer.get_tuple(snapshot.config), InMemorySaver()
    config = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
    memory.put(config, saved.checkpoint, saved.metadata, saved.checkpoint["channel_versions"])
    for name in outside:
        known = recorded.get(name, {})
        graph.builder.nodes[name].runnable = RunnableLambda(lambda _, known=known: known)
        graph.nodes[name].bound = graph.builder.nodes[name].runnable
    return graph.builder.compile(checkpointer=memory).invoke(None, config)
