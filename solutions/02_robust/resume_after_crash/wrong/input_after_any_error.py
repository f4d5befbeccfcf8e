# says: had failed in two calls in a row, the input is in the state
def run_to_end(graph, thread_id, first):
    config = {"configurable": {"thread_id": thread_id}}
    try:
        return graph.invoke(None, config)
    except Exception:  # it raises where there is nothing to go on from
        return graph.invoke(first, config)
