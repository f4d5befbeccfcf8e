# says: had returned in the real run
def safe_replay(graph, thread_id, start, outside):
    thread = {"configurable": {"thread_id": thread_id}}
    real = snapshot = graph.get_state(thread)
    while start not in snapshot.next:
        snapshot = graph.get_state(snapshot.parent_config)
    graph.invoke(None, snapshot.config, interrupt_before=outside)
    while due := graph.get_state(thread).next:
        if due[0] in outside:
            graph.update_state(thread, {}, as_node=due[0])  # a dry run: effects do nothing
        else:
            graph.invoke(None, thread, interrupt_before=outside)
    state = graph.get_state(thread).values
    graph.update_state(real.config, None, as_node="__copy__")
    return state
