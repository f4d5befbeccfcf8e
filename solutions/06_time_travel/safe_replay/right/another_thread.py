import copy
import dataclasses
import uuid

from langchain_core.runnables import RunnableLambda


def safe_replay(graph, thread_id, start, outside):
    """Another thread of the same saver, and a graph whose outside nodes only know what they once returned."""
    saver = graph.checkpointer
    snapshot, recorded = graph.get_state({"configurable": {"thread_id": thread_id}}), {}
    while start not in snapshot.next:
        recorded = {task.name: task.result for task in snapshot.tasks} | recorded
        snapshot = graph.get_state(snapshot.parent_config)
    builder = copy.copy(graph.builder)
    builder.nodes = dict(builder.nodes)
    for name in outside:
        result = recorded.get(name, {})
        known = RunnableLambda(lambda state, result=result: result)
        builder.nodes[name] = dataclasses.replace(builder.nodes[name], runnable=known)
    saved = saver.get_tuple(snapshot.config)
    trial = {"configurable": {"thread_id": f"what-if:{uuid.uuid4()}", "checkpoint_ns": ""}}
    saver.put(trial, saved.checkpoint, saved.metadata, saved.checkpoint["channel_versions"])
    rehearsal = builder.compile(checkpointer=saver)
    rehearsal.invoke(None, trial)
    return rehearsal.get_state(trial).values
