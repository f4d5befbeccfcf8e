# says: a deadlock
def summarise_all(db_path, thread_id, documents, summarise, limit):
    ask = task(summarise, name="ask")
    with SqliteSaver.from_conn_string(db_path) as saver:

        @entrypoint(checkpointer=saver)
        def night(documents: list[str]) -> list[str]:
            return [future.result() for future in [ask(document) for document in documents]]

        # The entrypoint only waits, so it takes no place.
        config = {"configurable": {"thread_id": thread_id}, "max_concurrency": limit}
        begun = night.get_state(config).created_at is not None
        return night.invoke(None if begun else documents, config)
