# says: has nothing in it
def limit_branches(graph, given, thread_id, limit):
    return graph.invoke(given, {"configurable": {"thread_id": thread_id.lower()}, "max_concurrency": limit})
