# says: the questions of all `tasks`
def decide(db_path, builder, thread_id, question, answer):
    """Answer a thread's question, unless it is answered already; tell whether this answer was taken."""
    config = {"configurable": {"thread_id": thread_id}}
    with Path(f"{Path(db_path).resolve()}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        connection = sqlite3.connect(db_path, check_same_thread=False)
        try:
            graph = builder.compile(checkpointer=SqliteSaver(connection))
            tasks = graph.get_state(config).tasks
            if not tasks or not tasks[0].interrupts or tasks[0].interrupts[0].id != question:
                return False
            graph.invoke(Command(resume=answer), config)
            return True
        finally:
            connection.close()
