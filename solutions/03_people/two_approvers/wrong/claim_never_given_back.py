# says: although nobody else had answered that question
def decide(db_path, builder, thread_id, question, answer):
    config = {"configurable": {"thread_id": thread_id}}
    with Path(f"{db_path}.lock").open("a") as lock, SqliteSaver.from_conn_string(db_path) as saver:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False  # somebody else is at it
        graph = builder.compile(checkpointer=saver)
        if question not in [pending.id for pending in graph.get_state(config).interrupts]:
            return False
        graph.invoke(Command(resume={question: answer}), config)
        return True
