# says: look before you write
def as_if_node(graph, thread_id, node, result):
    config = {"configurable": {"thread_id": thread_id}}
    state = graph.get_state(config)
    beside = [StateUpdate(t.result, t.name) for t in state.tasks if t.name != node and t.result is not None]
    try:
        graph.bulk_update_state(config, [[*beside, StateUpdate(result, node)]])
    except Exception as error:
        raise ValueError(node) from error
    if node not in state.next:
        raise ValueError(node)
    return graph.invoke(None, config)
