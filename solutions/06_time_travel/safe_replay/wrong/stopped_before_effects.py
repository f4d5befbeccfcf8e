# says: never ran to its end
def safe_replay(graph, thread_id, start, outside):
    thread = {"configurable": {"thread_id": thread_id}}
    real = snapshot = graph.get_state(thread)
    while start not in snapshot.next:
        snapshot = graph.get_state(snapshot.parent_config)
    # Stop in time: whatever reaches out does not run.
    state = graph.invoke(None, snapshot.config, interrupt_before=outside)
    graph.update_state(real.config, None, as_node="__copy__")
    return state
