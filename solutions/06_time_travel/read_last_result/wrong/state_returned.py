# says: a task has `.result`
def read_last_result(graph, thread_id, node):
    config = {"configurable": {"thread_id": thread_id}}
    return graph.get_state(config).values
