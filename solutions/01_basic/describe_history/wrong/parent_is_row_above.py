# says: isn't the row above it
def describe_history(db_path, thread_id, builder):
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        snapshots = list(graph.get_state_history({"configurable": {"thread_id": thread_id}}))
    rows = []
    for s in reversed(snapshots):
        rows.append(
            {
                "id": s.config["configurable"]["checkpoint_id"],
                "parent": rows[-1]["id"] if rows else None,  # a history is one line, is it not?
                "step": s.metadata["step"],
                "source": s.metadata["source"],
                "next": list(s.next),
            }
        )
    return rows
