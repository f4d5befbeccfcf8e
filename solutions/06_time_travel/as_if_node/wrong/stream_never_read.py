# says: run the graph to its end
def as_if_node(graph, thread_id, node, result):
    config = {"configurable": {"thread_id": thread_id}}
    state = graph.get_state(config)
    if node not in state.next:
        raise ValueError(node)
    beside = [StateUpdate(task.result, task.name) for task in state.tasks if task.name != node]
    graph.bulk_update_state(config, [[*beside, StateUpdate(result, node)]])
    return graph.stream(None, config, stream_mode="values")
