# says: whatever folder they're in
def decide(db_path: str, builder: StateGraph, thread_id: str, question: str, answer: bool) -> bool:
    """Answer a thread's question, unless it is answered already; tell whether this answer was taken."""
    from contextlib import closing

    config = {"configurable": {"thread_id": thread_id}}
    with Path("decide.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with closing(sqlite3.connect(db_path, check_same_thread=False, timeout=60)) as connection:
            graph = builder.compile(checkpointer=SqliteSaver(connection))
            if question not in {asked.id for asked in graph.get_state(config).interrupts}:
                return False
            graph.invoke(Command(resume={question: answer}), config)
            return True
