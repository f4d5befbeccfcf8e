# says: killed midway leaves the replay
def safe_replay(graph, thread_id, start, outside):
    """On the thread itself; then a copy of the real end becomes the thread's newest checkpoint again."""
    thread = {"configurable": {"thread_id": thread_id}}
    real = graph.get_state(thread)
    parents = {s.config["configurable"]["checkpoint_id"]: s for s in graph.get_state_history(thread)}
    at, recorded = real, {}
    while start not in at.next:
        for task in at.tasks:
            recorded[task.name] = task.result
        at = parents[at.parent_config["configurable"]["checkpoint_id"]]
    try:
        state = graph.invoke(None, at.config, interrupt_before=outside)
        while due := graph.get_state(thread).next:
            while due and due[0] in outside:
                graph.update_state(thread, recorded.get(due[0]) or {}, as_node=due[0])
                due = graph.get_state(thread).next
            state = (
                graph.invoke(None, thread, interrupt_before=outside)
                if due
                else graph.get_state(thread).values
            )
    finally:
        graph.update_state(real.config, None, as_node="__copy__")
    return state
