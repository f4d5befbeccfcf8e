from contextlib import closing


def decide(db_path, builder, thread_id, question, answer):
    """SQLite as the lock: one writer a file, so a write transaction in a file of its own is a mutex."""
    config = {"configurable": {"thread_id": thread_id}}
    with closing(sqlite3.connect(f"{db_path}-mutex", timeout=60, isolation_level=None)) as mutex:
        mutex.execute("begin immediate")
        connection = sqlite3.connect(db_path, check_same_thread=False)
        with closing(connection):
            graph = builder.compile(checkpointer=SqliteSaver(connection))
            waiting = [one.id for step in graph.get_state(config).tasks for one in step.interrupts]
            if question in waiting:
                graph.invoke(Command(resume=answer), config)
        mutex.execute("rollback")
    return question in waiting
