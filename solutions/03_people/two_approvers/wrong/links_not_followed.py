# says: by any link
import tempfile


def decide(db_path: str, builder: StateGraph, thread_id: str, question: str, answer: bool) -> bool:
    """Answer a thread's question, unless it is answered already; tell whether this answer was taken."""
    config = {"configurable": {"thread_id": thread_id}}
    name = hashlib.sha256(f"{Path(db_path).absolute()} {thread_id}".encode()).hexdigest()
    with (
        Path(tempfile.gettempdir(), f"{name}.lock").open("a") as lock,
        SqliteSaver.from_conn_string(db_path) as saver,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)  # until the file is closed, or the process dies
        graph = builder.compile(checkpointer=saver)
        if question not in {pending.id for pending in graph.get_state(config).interrupts}:
            return False
        graph.invoke(Command(resume={question: answer}), config)
        return True
