# says: take all names from
def describe_history(db_path: str, thread_id: str, builder: StateGraph) -> list[dict[str, Any]]:
    """Describe every checkpoint of a thread, in the order in which they were saved."""

    def row(snapshot):
        parent = snapshot.parent_config
        return {
            "id": snapshot.config["configurable"]["checkpoint_id"],
            "parent": parent and parent["configurable"]["checkpoint_id"],
            "step": snapshot.metadata["step"],
            "source": snapshot.metadata["source"],
            "next": [task.name for task in snapshot.tasks if not task.interrupts],
        }

    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        config = {"configurable": {"thread_id": thread_id}}
        return [*map(row, graph.get_state_history(config))][::-1]
