# says: in a URI, quote it
from contextlib import closing


def describe_history(db_path: str, thread_id: str, builder: StateGraph) -> list[dict[str, Any]]:
    """Describe every checkpoint of a thread, over a connection that can only read."""
    with closing(sqlite3.connect(f"file:{db_path}?mode=ro", uri=True, check_same_thread=False)) as connection:
        graph = builder.compile(checkpointer=SqliteSaver(connection))
        history = list(graph.get_state_history({"configurable": {"thread_id": thread_id}}))
    return [
        {
            "id": snapshot.config["configurable"]["checkpoint_id"],
            "parent": snapshot.parent_config["configurable"]["checkpoint_id"]
            if snapshot.parent_config
            else None,
            "step": snapshot.metadata["step"],
            "source": snapshot.metadata["source"],
            "next": list(snapshot.next),
        }
        for snapshot in reversed(history)
    ]
