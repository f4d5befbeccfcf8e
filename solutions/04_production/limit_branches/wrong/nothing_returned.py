# says: return what `graph.invoke` returns
def limit_branches(graph, given, thread_id, limit):
    graph.invoke(given, {"configurable": {"thread_id": thread_id}, "max_concurrency": limit})
