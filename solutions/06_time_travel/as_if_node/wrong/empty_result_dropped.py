# says: an empty result is a result
def as_if_node(graph, thread_id, node, result):
    config = {"configurable": {"thread_id": thread_id}}
    state = graph.get_state(config)
    if node not in state.next:
        raise ValueError(node)
    beside = [StateUpdate(t.result, t.name) for t in state.tasks if t.name != node and t.result]
    graph.bulk_update_state(config, [[*beside, StateUpdate(result, node)]])
    return graph.invoke(None, config)
