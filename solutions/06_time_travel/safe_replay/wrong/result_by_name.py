# says: another run has a record of the same name
def safe_replay(graph, thread_id, start, outside):
    thread = {"configurable": {"thread_id": thread_id}}
    # What a node returned stands in the history under its name.
    history = list(graph.get_state_history(thread))
    recorded = {task.name: task.result for snapshot in history for task in snapshot.tasks}
    at = real = history[0]
    while start not in at.next:
        at = graph.get_state(at.parent_config)
    graph.invoke(None, at.config, interrupt_before=outside)
    while due := graph.get_state(thread).next:
        if due[0] in outside:
            graph.update_state(thread, recorded.get(due[0], {}), as_node=due[0])
        else:
            graph.invoke(None, thread, interrupt_before=outside)
    state = graph.get_state(thread).values
    graph.update_state(real.config, None, as_node="__copy__")
    return state
