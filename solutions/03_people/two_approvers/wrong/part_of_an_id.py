# says: compare whole ids
def decide(db_path: str, builder: StateGraph, thread_id: str, question: str, answer: bool) -> bool:
    """Answer a thread's question, unless it is answered already; tell whether this answer was taken."""
    from contextlib import closing

    config = {"configurable": {"thread_id": thread_id}}
    with Path(f"{db_path}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with closing(sqlite3.connect(db_path, check_same_thread=False, timeout=60)) as connection:
            graph = builder.compile(checkpointer=SqliteSaver(connection))
            if question not in repr(graph.get_state(config).tasks):
                return False
            graph.invoke(Command(resume={question: answer}), config)
            return True
