# says: with the text 'No updates provided'
def as_if_node(graph, thread_id, node, result):
    thread = {"configurable": {"thread_id": thread_id}}
    snapshot = graph.get_state(thread)
    if node not in snapshot.next:
        raise ValueError(node)
    beside = [StateUpdate(task.result, task.name) for task in snapshot.tasks if task.name != node]
    graph.bulk_update_state(thread, [beside, [StateUpdate(result, node)]])  # there may be none beside
    return graph.invoke(None, thread)
