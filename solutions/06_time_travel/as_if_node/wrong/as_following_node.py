# says: was skipped: `as_node` names
def as_if_node(graph, thread_id, node, result):
    thread = {"configurable": {"thread_id": thread_id}}
    if node not in graph.get_state(thread).next:
        raise ValueError(node)
    following = next(edge.target for edge in graph.get_graph().edges if edge.source == node)
    graph.update_state(thread, result, as_node=following)  # write this, and go to the node after it
    return graph.invoke(None, thread)
