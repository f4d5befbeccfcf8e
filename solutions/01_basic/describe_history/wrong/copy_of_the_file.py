# says: in the `-wal` next to it
def describe_history(db_path: str, thread_id: str, builder: StateGraph) -> list[dict[str, Any]]:
    """Describe every checkpoint of a thread, in the order in which they were saved."""

    def id_of(config):
        return config["configurable"]["checkpoint_id"] if config else None

    import shutil
    import tempfile

    copy = shutil.copy(db_path, tempfile.mkdtemp())
    with SqliteSaver.from_conn_string(copy) as saver:
        graph = builder.compile(checkpointer=saver)
        history = list(graph.get_state_history({"configurable": {"thread_id": thread_id}}))
    described = [
        {
            "id": id_of(snapshot.config),
            "parent": id_of(snapshot.parent_config),
            "step": snapshot.metadata["step"],
            "source": snapshot.metadata["source"],
            "next": list(snapshot.next),
        }
        for snapshot in history
    ]
    return sorted(described, key=lambda one: one["id"])
