# says: take all names
def describe_history(db_path, thread_id, builder):
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        found = graph.get_state_history({"configurable": {"thread_id": thread_id}})
        told = []
        for one in found:
            parent = one.parent_config["configurable"]["checkpoint_id"] if one.parent_config else None
            told.append(
                {
                    "id": one.config["configurable"]["checkpoint_id"],
                    "parent": parent,
                    "step": one.metadata["step"],
                    "source": one.metadata["source"],
                    "next": list(one.next[:1]),
                }
            )
        return sorted(told, key=lambda one: one["id"])
