# says: others may still wait for its lock
def decide(db_path: str, builder: StateGraph, thread_id: str, question: str, answer: bool) -> bool:
    """Answer a thread's question, unless it is answered already; tell whether this answer was taken."""
    config = {"configurable": {"thread_id": thread_id}}
    lock = Path(f"{Path(db_path).resolve()}.lock")
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            with SqliteSaver.from_conn_string(str(db_path)) as saver:
                graph = builder.compile(checkpointer=saver)
                if question not in {asked.id for asked in graph.get_state(config).interrupts}:
                    return False
                graph.invoke(Command(resume={question: answer}), config)
                return True
        finally:
            lock.unlink(missing_ok=True)
