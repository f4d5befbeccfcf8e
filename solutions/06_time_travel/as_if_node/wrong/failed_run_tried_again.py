# says: by an `invoke` before the result was entered
def as_if_node(graph, thread_id, node, result):
    """The neighbours are let finish first; then the result is entered."""
    config = {"configurable": {"thread_id": thread_id}}
    if node not in graph.get_state(config).next:
        raise ValueError(node)
    graph.invoke(None, config)
    graph.update_state(config, result, as_node=node)
    return graph.invoke(None, config)
