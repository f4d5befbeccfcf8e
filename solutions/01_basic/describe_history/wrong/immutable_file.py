# says: not as `immutable`
from contextlib import closing
from pathlib import Path


def describe_history(db_path: str, thread_id: str, builder: StateGraph) -> list[dict[str, Any]]:
    """Describe every checkpoint of a thread. To be sure that nothing is written, the file is opened as immutable."""
    uri = f"{Path(db_path).absolute().as_uri()}?immutable=1"
    with closing(sqlite3.connect(uri, uri=True, check_same_thread=False)) as connection:
        saver = SqliteSaver(connection)
        saver.is_setup = True  # there's no table to create
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
