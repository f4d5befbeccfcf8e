# says: not one for the whole run
def describe_history(db_path, thread_id, builder):
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        snapshots = list(graph.get_state_history({"configurable": {"thread_id": thread_id}}))
    return [
        {
            "id": s.config["configurable"]["checkpoint_id"],
            "parent": s.parent_config["configurable"]["checkpoint_id"] if s.parent_config else None,
            "step": s.metadata["step"],
            "source": s.metadata["source"],
            "next": list(s.next),
        }
        for s in reversed(snapshots)
        if not s.next  # a checkpoint is what a run leaves behind when it ends
    ]
