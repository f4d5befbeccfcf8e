# says: of two outside nodes in a row
def safe_replay(graph, thread_id, start, outside):
    thread = {"configurable": {"thread_id": thread_id}}
    snapshot, recorded = graph.get_state(thread), {}
    real = snapshot
    while start not in snapshot.next:
        recorded.update({task.name: task.result for task in snapshot.tasks})
        snapshot = graph.get_state(snapshot.parent_config)
    state = graph.invoke(None, snapshot.config, interrupt_before=outside)
    while due := graph.get_state(thread).next:
        graph.update_state(thread, recorded.get(due[0], {}), as_node=due[0])
        state = graph.invoke(
            None, thread, interrupt_before=outside
        )  # on, to the next node that is not to run
    graph.update_state(real.config, None, as_node="__copy__")
    return state
