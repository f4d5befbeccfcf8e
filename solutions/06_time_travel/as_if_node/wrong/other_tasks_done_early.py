# says: due is due no longer
def as_if_node(graph, thread_id, node, result):
    thread = {"configurable": {"thread_id": thread_id}}
    snapshot = graph.get_state(thread)
    if node not in snapshot.next:
        raise ValueError(node)
    graph.update_state(thread, result, as_node=node)
    for task in snapshot.tasks:  # the others are read from the snapshot, so they are still known
        if task.name != node:
            graph.update_state(thread, task.result, as_node=task.name)
    return graph.invoke(None, thread)
