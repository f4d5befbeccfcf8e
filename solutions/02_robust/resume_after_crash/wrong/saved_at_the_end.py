# says: saves only at its end
def run_to_end(graph, thread_id, first):
    config = {"configurable": {"thread_id": thread_id}}
    saved = graph.checkpointer.get_tuple(config)
    graph.invoke(first if saved is None else None, config, durability="exit")
    return graph.get_state(config).values
