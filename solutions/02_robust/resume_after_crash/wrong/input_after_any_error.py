# says: let out the first one
def run_to_end(graph, thread_id, first):
    config = {"configurable": {"thread_id": thread_id}}
    try:
        return graph.invoke(None, config)
    except Exception:  # it raises where there is nothing to go on from
        return graph.invoke(first, config)
