import copy
import dataclasses

from langchain_core.runnables import RunnableLambda


def as_if_node(graph, thread_id, node, result):
    """Nothing is written by hand: the same graph, in which this one node only returns the result, goes on."""
    thread = {"configurable": {"thread_id": thread_id}}
    if node not in graph.get_state(thread).next:
        raise ValueError(f"{node} is not waited for")
    builder = copy.copy(graph.builder)
    stand_in = dataclasses.replace(builder.nodes[node], runnable=RunnableLambda(lambda state: result))
    builder.nodes = {**builder.nodes, node: stand_in}
    return builder.compile(checkpointer=graph.checkpointer, store=graph.store).invoke(None, thread)
