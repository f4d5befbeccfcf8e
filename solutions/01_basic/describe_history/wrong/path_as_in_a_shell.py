# says: open the path you're given, letter by letter
import os
from pathlib import Path


def describe_history(db_path: str, thread_id: str, builder: StateGraph) -> list[dict[str, Any]]:
    """Describe every checkpoint of a thread, in the order in which they were saved."""
    connection = sqlite3.connect(Path(os.path.expandvars(db_path)).expanduser(), check_same_thread=False)
    try:
        connection.execute("PRAGMA query_only = ON")
        saver = SqliteSaver(connection)
        saver.is_setup = True  # the tables are there; create nothing
        graph = builder.compile(checkpointer=saver)
        newest_first = list(graph.get_state_history({"configurable": {"thread_id": thread_id}}))
    finally:
        connection.close()
    rows = []
    for snapshot in newest_first[::-1]:
        parent = snapshot.parent_config or {"configurable": {}}
        rows.append(
            {
                "id": snapshot.config["configurable"]["checkpoint_id"],
                "parent": parent["configurable"].get("checkpoint_id"),
                "step": snapshot.metadata["step"],
                "source": snapshot.metadata["source"],
                "next": list(snapshot.next),
            }
        )
    return rows
