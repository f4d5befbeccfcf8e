# says: let out the first one
def run_to_end(graph, thread_id, first):
    config = {"configurable": {"thread_id": thread_id}}
    for attempt in range(5):
        try:
            graph.invoke(
                first if graph.checkpointer.get_tuple(config) is None else None, config, durability="sync"
            )
            break
        except Exception:
            if attempt == 4:
                raise
    return graph.get_state(config).values
