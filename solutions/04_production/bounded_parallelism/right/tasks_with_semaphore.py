def summarise_all(db_path, thread_id, documents, summarise, limit):
    """Tasks, with a semaphore of one's own as the limit, and threads to spare for the entrypoint."""
    free = threading.BoundedSemaphore(limit)

    @task
    def ask(document: str) -> str:
        with free:
            return summarise(document)

    with SqliteSaver.from_conn_string(db_path) as saver:

        @entrypoint(checkpointer=saver)
        def night(documents: list[str]) -> list[str]:
            return [future.result() for future in [ask(document) for document in documents]]

        config = {"configurable": {"thread_id": thread_id}, "max_concurrency": limit + 3}
        saved = night.get_state(config)
        if saved.created_at and not saved.tasks:
            return saved.values
        return night.invoke(None if saved.created_at else documents, config)
