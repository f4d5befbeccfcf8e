# says: the next message would be answered from there
def safe_replay(graph, thread_id, start, outside):
    thread = {"configurable": {"thread_id": thread_id}}
    snapshot, recorded = graph.get_state(thread), {}
    while start not in snapshot.next:
        recorded.update({task.name: task.result for task in snapshot.tasks})
        snapshot = graph.get_state(snapshot.parent_config)
    # A replay from an old checkpoint is a branch of its own; the thread stays where it is.
    graph.invoke(None, snapshot.config, interrupt_before=outside)
    while due := graph.get_state(thread).next:
        if due[0] in outside:
            graph.update_state(thread, recorded.get(due[0], {}), as_node=due[0])
        else:
            graph.invoke(None, thread, interrupt_before=outside)
    return graph.get_state(thread).values
