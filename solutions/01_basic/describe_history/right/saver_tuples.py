def describe_history(db_path, thread_id, builder):
    """From the newest checkpoint's saver tuples; the graph is asked about each checkpoint on its own."""
    saver = SqliteSaver(sqlite3.connect(db_path, check_same_thread=False))
    graph = builder.compile(checkpointer=saver)
    found = sorted(
        saver.list({"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}),
        key=lambda saved: saved.checkpoint["id"],
    )
    return [
        {
            "id": saved.checkpoint["id"],
            "parent": (saved.parent_config or {}).get("configurable", {}).get("checkpoint_id"),
            "step": saved.metadata["step"],
            "source": saved.metadata["source"],
            "next": graph.get_state(saved.config).next,
        }
        for saved in found
    ]
