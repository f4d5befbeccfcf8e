# says: the node that asks has run again
def decide(db_path: str, builder: StateGraph, thread_id: str, question: str, answer: bool) -> bool:
    """Answer a thread's question, unless it is answered already; tell whether this answer was taken."""
    config = {"configurable": {"thread_id": thread_id}}
    with Path(f"{db_path}.lock").open("a") as lock, SqliteSaver.from_conn_string(db_path) as saver:
        fcntl.flock(lock, fcntl.LOCK_EX)
        graph = builder.compile(checkpointer=saver)
        if not graph.get_state(config).next:
            return False
        waiting = graph.invoke(None, config).get("__interrupt__", [])  # it stops at the open question
        if question not in {asked.id for asked in waiting}:
            return False
        graph.invoke(Command(resume={question: answer}), config)
        return True
