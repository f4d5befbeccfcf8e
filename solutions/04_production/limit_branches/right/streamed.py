def limit_branches(graph, given, thread_id, limit):
    config = {"configurable": {"thread_id": thread_id}, "max_concurrency": limit}
    *_, state = graph.stream(given, config, stream_mode="values")
    return state
