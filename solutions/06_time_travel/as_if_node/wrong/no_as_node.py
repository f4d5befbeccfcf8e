# says: was taken for the result of the node before
def as_if_node(graph, thread_id, node, result):
    thread = {"configurable": {"thread_id": thread_id}}
    if node not in graph.get_state(thread).next:
        raise ValueError(node)
    graph.update_state(thread, result)  # the state has the receipt now, so the run can go on
    return graph.invoke(None, thread)
