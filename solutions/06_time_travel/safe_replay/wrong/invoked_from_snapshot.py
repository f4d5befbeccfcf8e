# says: a replay executes the nodes again
def safe_replay(graph, thread_id, start, outside):
    snapshot = graph.get_state({"configurable": {"thread_id": thread_id}})
    while start not in snapshot.next:
        snapshot = graph.get_state(snapshot.parent_config)
    return graph.invoke(None, snapshot.config)  # what is saved is played back, and not executed
