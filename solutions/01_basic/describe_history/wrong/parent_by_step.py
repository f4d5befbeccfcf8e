# says: read `snapshot.parent_config`
def describe_history(db_path: str, thread_id: str, builder: StateGraph) -> list[dict[str, Any]]:
    """Describe every checkpoint of a thread, in the order in which they were saved."""
    rows, newest = [], {}
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        history = list(graph.get_state_history({"configurable": {"thread_id": thread_id}}))
    for snapshot in reversed(history):
        id_, step = snapshot.config["configurable"]["checkpoint_id"], snapshot.metadata["step"]
        rows.append(
            {
                "id": id_,
                "parent": newest.get(step - 1),
                "step": step,
                "source": snapshot.metadata["source"],
                "next": list(snapshot.next),
            }
        )
        newest[step] = id_
    return rows
