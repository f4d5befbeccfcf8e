# says: let it out
def as_if_node(graph, thread_id, node, result):
    config = {"configurable": {"thread_id": thread_id}}
    try:
        tasks = graph.get_state(config).tasks
        [waits] = [task for task in tasks if task.name == node and task.result is None]
        beside = [StateUpdate(task.result, task.name) for task in tasks if task is not waits]
        graph.bulk_update_state(config, [[*beside, StateUpdate(result, node)]])
        return graph.invoke(None, config)
    except Exception as error:
        raise ValueError(f"{thread_id} doesn't wait for {node}") from error
