# says: but the thread waits for
def as_if_node(graph, thread_id, node, result):
    config = {"configurable": {"thread_id": thread_id}}
    state = graph.get_state(config)
    if not any(task.name == node and task.error for task in state.tasks):
        raise ValueError(f"{node} has not failed")
    done = [StateUpdate(task.result, task.name) for task in state.tasks if not task.error]
    graph.bulk_update_state(config, [[*done, StateUpdate(result, node)]])
    return graph.invoke(None, config)
