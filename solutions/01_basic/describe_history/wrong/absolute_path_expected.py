# says: expressed as a file URI
from pathlib import Path


def describe_history(db_path: str, thread_id: str, builder: StateGraph) -> list[dict[str, Any]]:
    """Describe every checkpoint of a thread, in the order in which they were saved."""
    uri = Path(db_path).as_uri() + "?mode=ro"
    conn = sqlite3.connect(uri, uri=True, check_same_thread=False)
    try:
        graph = builder.compile(checkpointer=SqliteSaver(conn))
        config = {"configurable": {"thread_id": thread_id}}
        found = []
        for snapshot in graph.get_state_history(config):
            parent = snapshot.parent_config
            found.append(
                {
                    "id": snapshot.config["configurable"]["checkpoint_id"],
                    "parent": parent and parent["configurable"]["checkpoint_id"],
                    "step": snapshot.metadata["step"],
                    "source": snapshot.metadata["source"],
                    "next": list(snapshot.next),
                }
            )
    finally:
        conn.close()
    return found[::-1]
