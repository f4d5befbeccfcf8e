# says: at most 1 ran at a time
def limit_branches(graph, given, thread_id, limit):
    return graph.invoke(given, {"configurable": {"thread_id": thread_id}, "max_concurrency": 1})
