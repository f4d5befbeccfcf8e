# says: 2 branches ran at the same time
def limit_branches(graph, given, thread_id, limit):
    return graph.invoke(given, {"configurable": {"thread_id": thread_id}, "max_concurrency": 2})
