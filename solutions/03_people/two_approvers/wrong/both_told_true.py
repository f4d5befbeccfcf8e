# says: if it looked before it waited
def decide(db_path, builder, thread_id, question, answer):
    config = {"configurable": {"thread_id": thread_id}}
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        if question not in [pending.id for pending in graph.get_state(config).interrupts]:
            return False
        with Path(f"{db_path}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # only the resuming needs protection
            graph.invoke(Command(resume={question: answer}), config)
        return True
