# says: take all names from
def describe_history(db_path: str, thread_id: str, builder: StateGraph) -> list[dict[str, Any]]:
    """Describe every checkpoint of a thread, in the order in which they were saved."""

    def due(values):
        if "__start__" in values:
            return ["__start__"]
        return [name.removeprefix("branch:to:") for name in values if name.startswith("branch:to:")]

    with SqliteSaver.from_conn_string(db_path) as saver:
        found = list(saver.list({"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}))
    return [
        {
            "id": each.checkpoint["id"],
            "parent": each.parent_config["configurable"]["checkpoint_id"] if each.parent_config else None,
            "step": each.metadata["step"],
            "source": each.metadata["source"],
            "next": due(each.checkpoint["channel_values"]),
        }
        for each in reversed(found)
    ]
