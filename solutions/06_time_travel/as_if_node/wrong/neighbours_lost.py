# says: what ran beside it is lost
def as_if_node(graph, thread_id, node, result):
    thread = {"configurable": {"thread_id": thread_id}}
    if node not in graph.get_state(thread).next:
        raise ValueError(node)
    graph.update_state(thread, result, as_node=node)  # what is saved for the other nodes stays saved
    return graph.invoke(None, thread)
