def limit_branches(graph, given, thread_id, limit):
    return graph.with_config(max_concurrency=limit, configurable={"thread_id": thread_id}).invoke(given)
