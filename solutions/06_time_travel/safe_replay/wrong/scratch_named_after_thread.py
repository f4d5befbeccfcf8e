# says: if they ran at once, they'd mix
# cleared before and after, so nothing of an earlier replay is left in it
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
    saver, scratch = graph.checkpointer, f"replay of {thread_id}"
    saved = saver.get_tuple(snapshot.config)
    saver.delete_thread(scratch)
    try:
        here = {"configurable": {"thread_id": scratch, "checkpoint_ns": ""}}
        saver.put(here, saved.checkpoint, saved.metadata, saved.checkpoint["channel_versions"])
        rehearsal = builder.compile(checkpointer=saver)
        rehearsal.invoke(None, here)
        return rehearsal.get_state(here).values
    finally:
        saver.delete_thread(scratch)
