# says: a step isn't a key
def describe_history(db_path, thread_id, builder):
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        snapshots = list(graph.get_state_history({"configurable": {"thread_id": thread_id}}))
    by_step = {s.metadata["step"]: s for s in reversed(snapshots)}
    ids = {step: s.config["configurable"]["checkpoint_id"] for step, s in by_step.items()}
    return [
        {
            "id": ids[step],
            "parent": ids.get(step - 1),
            "step": step,
            "source": s.metadata["source"],
            "next": list(s.next),
        }
        for step, s in by_step.items()
    ]
