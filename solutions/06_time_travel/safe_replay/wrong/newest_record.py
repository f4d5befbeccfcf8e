# says: had been rolled back
def safe_replay(graph, thread_id, start, outside):
    thread = {"configurable": {"thread_id": thread_id}}
    recorded, real = {}, graph.get_state(thread)
    for snapshot in graph.get_state_history(thread):  # newest first, so the last run comes first
        if start in snapshot.next:
            break
        recorded.update({task.name: task.result for task in snapshot.tasks})
    graph.invoke(None, snapshot.config, interrupt_before=outside)
    while due := graph.get_state(thread).next:
        if due[0] in outside:
            graph.update_state(thread, recorded.get(due[0], {}), as_node=due[0])
        else:
            graph.invoke(None, thread, interrupt_before=outside)
    state = graph.get_state(thread).values
    graph.update_state(real.config, None, as_node="__copy__")
    return state
