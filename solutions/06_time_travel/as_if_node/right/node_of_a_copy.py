import copy

from langchain_core.runnables import RunnableLambda


def as_if_node(graph, thread_id, node, result):
    """A shallow copy of the compiled graph, in which a stand-in returns the result, is resumed as after any failure."""
    thread = {"configurable": {"thread_id": thread_id}}
    if node not in graph.get_state(thread).next:
        raise ValueError(f"{node} is not waited for")
    double = copy.copy(graph)
    stand_in = graph.nodes[node].copy({"bound": RunnableLambda(lambda _: result)})
    double.nodes = {**graph.nodes, node: stand_in}
    return double.invoke(None, thread)
