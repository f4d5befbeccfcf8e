# says: if only for a moment
def safe_replay(graph, thread_id, start, outside):
    thread = {"configurable": {"thread_id": thread_id}}
    real = snapshot = graph.get_state(thread)
    recorded = {}
    while start not in snapshot.next:
        recorded.update({task.name: task.result for task in snapshot.tasks})
        snapshot = graph.get_state(snapshot.parent_config)
    graph.invoke(None, snapshot.config, interrupt_before=outside)
    while due := graph.get_state(thread).next:
        if due[0] in outside:
            graph.update_state(thread, recorded.get(due[0], {}), as_node=due[0])
        else:
            graph.invoke(None, thread, interrupt_before=outside)
    state = graph.get_state(thread).values
    last = real.config["configurable"]["checkpoint_id"]
    for table in ("checkpoints", "writes"):  # everything that came after the real end goes
        sql = f"delete from {table} where thread_id = ? and checkpoint_id > ?"
        graph.checkpointer.conn.execute(sql, (thread_id, last))
    graph.checkpointer.conn.commit()
    return state
