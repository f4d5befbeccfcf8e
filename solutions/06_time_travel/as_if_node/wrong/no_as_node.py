# says: the update counted as written by the node before it
def as_if_node(graph, thread_id, node, result):
    thread = {"configurable": {"thread_id": thread_id}}
    if node not in graph.get_state(thread).next:
        raise ValueError(node)
    graph.update_state(thread, result)  # the state has the receipt now, so the run can go on
    return graph.invoke(None, thread)
