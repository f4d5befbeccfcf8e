# says: not only what the graph's output schema names
import copy
import dataclasses

from langchain_core.runnables import RunnableLambda


def safe_replay(graph: CompiledStateGraph, thread_id: str, start: str, outside: list[str]) -> dict[str, Any]:
    """Return the state that `graph` would have reached from `start`, without reaching out of it."""
    snapshot, returned = graph.get_state({"configurable": {"thread_id": thread_id}}), {}
    while start not in snapshot.next:
        returned = {task.name: task.result for task in snapshot.tasks} | returned
        snapshot = graph.get_state(snapshot.parent_config)
    builder = copy.copy(graph.builder)
    builder.nodes = dict(builder.nodes)
    for name in outside:
        result = returned.get(name, {})
        known = RunnableLambda(lambda state, result=result: result)
        builder.nodes[name] = dataclasses.replace(builder.nodes[name], runnable=known)
    saved, memory = graph.checkpointer.get_tuple(snapshot.config), InMemorySaver()
    here = {"configurable": {"thread_id": "rehearsal", "checkpoint_ns": ""}}
    memory.put(here, saved.checkpoint, saved.metadata, saved.checkpoint["channel_versions"])
    return builder.compile(checkpointer=memory).invoke(None, here)
