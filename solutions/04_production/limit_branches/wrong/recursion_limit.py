# says: a `recursion_limit` of
def limit_branches(graph, given, thread_id, limit):
    return graph.invoke(given, {"configurable": {"thread_id": thread_id}, "recursion_limit": limit + 2})
