# says: but the thread waits for
def as_if_node(graph, thread_id, node, result):
    config = {"configurable": {"thread_id": thread_id}}
    state = graph.get_state(config)
    if not result or node not in state.next:
        raise ValueError("nothing to enter")
    beside = [StateUpdate(task.result, task.name) for task in state.tasks if task.name != node]
    graph.bulk_update_state(config, [[*beside, StateUpdate(result, node)]])
    return graph.invoke(None, config)
