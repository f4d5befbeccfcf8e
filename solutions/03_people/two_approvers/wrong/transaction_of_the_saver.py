# says: which ends a transaction on the saver's connection
from contextlib import closing


def decide(db_path: str, builder: StateGraph, thread_id: str, question: str, answer: bool) -> bool:
    """Answer a thread's question, unless it is answered already; tell whether this answer was taken."""
    config = {"configurable": {"thread_id": thread_id}}
    connection = sqlite3.connect(db_path, timeout=60, isolation_level=None, check_same_thread=False)
    with closing(connection):
        saver = SqliteSaver(connection)
        saver.setup()  # it commits
        graph = builder.compile(checkpointer=saver)
        connection.execute("begin immediate")  # nobody else can write now, so nobody else can answer
        try:
            if all(found.id != question for found in graph.get_state(config).interrupts):
                return False
            graph.invoke(Command(resume={question: answer}), config)
            return True
        finally:
            connection.commit()
