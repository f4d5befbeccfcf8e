# says: not as `immutable`
def describe_history(db_path: str, thread_id: str, builder: StateGraph) -> list[dict[str, Any]]:
    """Describe every checkpoint of a thread, in the order in which they were saved."""
    from pathlib import Path

    def row(snapshot):
        parent = snapshot.parent_config
        return {
            "id": snapshot.config["configurable"]["checkpoint_id"],
            "parent": parent and parent["configurable"]["checkpoint_id"],
            "step": snapshot.metadata["step"],
            "source": snapshot.metadata["source"],
            "next": list(snapshot.next),
        }

    db = sqlite3.connect(
        Path(db_path).absolute().as_uri() + "?mode=ro&immutable=1", uri=True, check_same_thread=False
    )
    try:
        graph = builder.compile(checkpointer=SqliteSaver(db))
        order = (
            "select checkpoint_id from checkpoints where thread_id = ? and checkpoint_ns = '' order by rowid"
        )
        rows = {
            one["id"]: one
            for one in map(row, graph.get_state_history({"configurable": {"thread_id": thread_id}}))
        }
        return [rows[i] for (i,) in db.execute(order, (thread_id,)) if i in rows]
    finally:
        db.close()
