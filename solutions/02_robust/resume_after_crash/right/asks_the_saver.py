def run_to_end(graph, thread_id, first):
    """The saver is asked, each step waits until it is saved, and the steps are streamed."""
    config = {"configurable": {"thread_id": thread_id}}
    known = graph.checkpointer.get_tuple(config) is not None
    for _ in graph.stream(None if known else first, config, durability="sync"):
        pass
    return graph.get_state(config).values
