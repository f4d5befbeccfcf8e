# says: is a step of its own
def as_if_node(graph, thread_id, node, result):
    thread = {"configurable": {"thread_id": thread_id}}
    snapshot = graph.get_state(thread)
    if node not in snapshot.next:
        raise ValueError(node)
    for task in snapshot.tasks:  # first what was there first, and then what came by phone
        if task.name != node:
            graph.update_state(thread, task.result, as_node=task.name)
    graph.update_state(thread, result, as_node=node)
    return graph.invoke(None, thread)
