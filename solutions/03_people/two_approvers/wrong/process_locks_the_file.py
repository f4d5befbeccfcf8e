# says: use `flock`
THREADS: dict[str, threading.Lock] = {}


def decide(db_path: str, builder: StateGraph, thread_id: str, question: str, answer: bool) -> bool:
    """Answer a thread's question, unless it is answered already; tell whether this answer was taken."""
    config = {"configurable": {"thread_id": thread_id}}
    name = hashlib.sha256(thread_id.encode()).hexdigest()[:16]  # an id may hold what a file name may not
    with (
        THREADS.setdefault(name, threading.Lock()),
        Path(f"{db_path}.lock").open("a") as lock,
        SqliteSaver.from_conn_string(db_path) as saver,
    ):
        fcntl.lockf(lock, fcntl.LOCK_EX)  # the process's, until it closes the file anywhere
        graph = builder.compile(checkpointer=saver)
        if question not in {pending.id for pending in graph.get_state(config).interrupts}:
            return False
        graph.invoke(Command(resume={question: answer}), config)
        return True
