def describe_history(db_path: str, thread_id: str, builder: StateGraph) -> list[dict[str, Any]]:
    """Describe every checkpoint of a thread, in the order in which they were saved."""
    ### BEGIN SOLUTION
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        newest_first = list(graph.get_state_history({"configurable": {"thread_id": thread_id}}))
    rows = []
    for snapshot in reversed(newest_first):
        parent = snapshot.parent_config
        rows.append(
            {
                "id": snapshot.config["configurable"]["checkpoint_id"],
                "parent": parent["configurable"]["checkpoint_id"] if parent else None,
                "step": snapshot.metadata["step"],
                "source": snapshot.metadata["source"],
                "next": list(snapshot.next),
            }
        )
    return rows
    ### END SOLUTION
