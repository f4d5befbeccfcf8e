# says: didn't raise `ValueError`
def as_if_node(graph, thread_id, node, result):
    thread = {"configurable": {"thread_id": thread_id}}
    # LangGraph would raise if it made no sense to act as this node now.
    beside = [
        StateUpdate(task.result, task.name) for task in graph.get_state(thread).tasks if task.name != node
    ]
    graph.bulk_update_state(thread, [[*beside, StateUpdate(result, node)]])
    return graph.invoke(None, thread)
