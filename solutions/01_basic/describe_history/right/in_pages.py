from contextlib import closing
from urllib.parse import quote


def describe_history(db_path: str, thread_id: str, builder: StateGraph) -> list[dict[str, Any]]:
    """In pages, over a connection that can only read."""
    config = {"configurable": {"thread_id": thread_id}}
    with closing(
        sqlite3.connect(f"file:{quote(db_path)}?mode=ro", uri=True, check_same_thread=False)
    ) as connection:
        graph = builder.compile(checkpointer=SqliteSaver(connection))
        found = page = list(graph.get_state_history(config, limit=100))
        while page:
            page = list(graph.get_state_history(config, limit=100, before=page[-1].config))
            found = found + page
    return [
        {
            "id": snapshot.config["configurable"]["checkpoint_id"],
            "parent": snapshot.parent_config and snapshot.parent_config["configurable"]["checkpoint_id"],
            "step": snapshot.metadata["step"],
            "source": snapshot.metadata["source"],
            "next": list(snapshot.next),
        }
        for snapshot in reversed(found)
    ]
