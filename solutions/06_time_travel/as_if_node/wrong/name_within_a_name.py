# says: didn't raise `ValueError`
def as_if_node(graph, thread_id, node, result):
    config = {"configurable": {"thread_id": thread_id}}
    state = graph.get_state(config)
    if not any(node in due for due in state.next):
        raise ValueError(f"not waiting for {node}")
    beside = [StateUpdate(t.result, t.name) for t in state.tasks if t.name != node]
    graph.bulk_update_state(config, [[*beside, StateUpdate(result, node)]])
    return graph.invoke(None, config)
