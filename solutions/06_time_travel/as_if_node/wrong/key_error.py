# says: raised `KeyError`
def as_if_node(graph, thread_id, node, result):
    config = {"configurable": {"thread_id": thread_id}}
    tasks = {task.name: task.result for task in graph.get_state(config).tasks}
    if tasks[node] is not None:
        raise ValueError(f"{node} has finished")
    beside = [StateUpdate(values, name) for name, values in tasks.items() if name != node]
    graph.bulk_update_state(config, [[*beside, StateUpdate(result, node)]])
    return graph.invoke(None, config)
