# says: the second answer went to the next question
def decide(db_path, builder, thread_id, question, answer):
    config = {"configurable": {"thread_id": thread_id}}
    with Path(f"{db_path}.lock").open("a") as lock, SqliteSaver.from_conn_string(db_path) as saver:
        fcntl.flock(lock, fcntl.LOCK_EX)
        graph = builder.compile(checkpointer=saver)
        if not graph.get_state(config).interrupts:  # is it still waiting?
            return False
        graph.invoke(Command(resume=answer), config)
        return True
