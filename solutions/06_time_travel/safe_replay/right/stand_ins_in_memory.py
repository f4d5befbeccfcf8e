import copy
import dataclasses

from langchain_core.runnables import RunnableLambda


def safe_replay(graph, thread_id, start, outside):
    """A copy of the graph, whose outside nodes only know what they once returned, in memory; parents by a table."""
    history = list(graph.get_state_history({"configurable": {"thread_id": thread_id}}))
    parents = {s.config["configurable"]["checkpoint_id"]: s for s in history}
    at, recorded = history[0], {}
    while start not in at.next:
        recorded = {task.name: task.result for task in at.tasks} | recorded
        at = parents[at.parent_config["configurable"]["checkpoint_id"]]
    builder = copy.copy(graph.builder)
    builder.nodes = {
        name: dataclasses.replace(spec, runnable=RunnableLambda(lambda _, name=name: recorded.get(name, {})))
        if name in outside
        else spec
        for name, spec in graph.builder.nodes.items()
    }
    saved, memory = graph.checkpointer.get_tuple(at.config), InMemorySaver()
    here = {"configurable": {"thread_id": "rehearsal", "checkpoint_ns": ""}}
    memory.put(here, saved.checkpoint, saved.metadata, saved.checkpoint["channel_versions"])
    *_, state = builder.compile(checkpointer=memory).stream(None, here, stream_mode="values")
    return state
