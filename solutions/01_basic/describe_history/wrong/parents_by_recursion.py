# says: RecursionError
def describe_history(db_path: str, thread_id: str, builder: StateGraph) -> list[dict[str, Any]]:
    """Describe every checkpoint of a thread, in the order in which they were saved."""
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        found = list(graph.get_state_history({"configurable": {"thread_id": thread_id}}))
    ids = {snapshot.config["configurable"]["checkpoint_id"]: snapshot for snapshot in found}
    children: dict[Any, list[str]] = {}
    for id_, snapshot in ids.items():
        parent = snapshot.parent_config
        children.setdefault(parent and parent["configurable"]["checkpoint_id"], []).append(id_)

    def walk(parent: str | None) -> list[dict[str, Any]]:
        rows = []
        for id_ in children.get(parent, []):
            row = {"id": id_, "parent": parent, "next": list(ids[id_].next)}
            rows += [row | {key: ids[id_].metadata[key] for key in ("step", "source")}, *walk(id_)]
        return rows

    return sorted(walk(None), key=lambda row: row["id"])
