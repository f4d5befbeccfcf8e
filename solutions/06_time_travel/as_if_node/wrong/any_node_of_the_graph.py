# says: so look before you write
def as_if_node(graph, thread_id, node, result):
    config = {"configurable": {"thread_id": thread_id}}
    state = graph.get_state(config)
    if node not in graph.nodes or not state.next:
        raise ValueError(node)
    updates = [StateUpdate(t.result, t.name) for t in state.tasks if t.name != node and t.result is not None]
    graph.bulk_update_state(config, [[*updates, StateUpdate(result, node)]])
    return graph.invoke(None, config)
