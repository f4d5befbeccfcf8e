# says: by an `invoke` before the result was entered
from langgraph.types import Command


def as_if_node(graph, thread_id, node, result):
    thread = {"configurable": {"thread_id": thread_id}}
    if node not in graph.get_state(thread).next:
        raise ValueError(node)
    following = next(edge.target for edge in graph.get_graph().edges if edge.source == node)
    return graph.invoke(Command(update=result, goto=following), thread)  # jump over it
