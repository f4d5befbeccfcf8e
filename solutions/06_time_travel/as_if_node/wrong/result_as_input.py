# says: starts a new run at `START`
def as_if_node(graph, thread_id, node, result):
    thread = {"configurable": {"thread_id": thread_id}}
    if node not in graph.get_state(thread).next:
        raise ValueError(node)
    return graph.invoke(result, thread)  # the run picks up where it stopped, with the receipt
