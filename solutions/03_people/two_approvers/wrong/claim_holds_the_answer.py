# says: whatever the answer
from contextlib import closing


def decide(db_path: str, builder: StateGraph, thread_id: str, question: str, answer: bool) -> bool:
    """Answer a thread's question, unless it is answered already; tell whether this answer was taken."""
    config = {"configurable": {"thread_id": thread_id}}
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        if question not in {asked.id for asked in graph.get_state(config).interrupts}:
            return False
        with closing(sqlite3.connect(f"{db_path}.answers", timeout=60)) as claims, claims:
            columns = "(thread, question, answer, unique (thread, question, answer))"
            claims.execute(f"create table if not exists answers {columns}")
            row = (thread_id, question, answer)
            if not claims.execute("insert or ignore into answers values (?, ?, ?)", row).rowcount:
                return False
        graph.invoke(Command(resume={question: answer}), config)
        return True
