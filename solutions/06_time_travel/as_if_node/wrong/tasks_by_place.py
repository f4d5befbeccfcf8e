# says: but the thread waits for
def as_if_node(graph, thread_id, node, result):
    config = {"configurable": {"thread_id": thread_id}}
    tasks = graph.get_state(config).tasks
    if not tasks or tasks[0].name != node:
        raise ValueError(f"{node} is not next")
    rest = [StateUpdate(task.result, task.name) for task in tasks[1:]]
    graph.bulk_update_state(config, [[StateUpdate(result, node), *rest]])
    return graph.invoke(None, config)
