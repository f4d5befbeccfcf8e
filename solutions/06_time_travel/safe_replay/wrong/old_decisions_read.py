# says: is what the old code decided
def safe_replay(graph, thread_id, start, outside):
    # The graph is the new one, so it shows what the new code makes of the thread.
    return graph.get_state({"configurable": {"thread_id": thread_id}}).values
