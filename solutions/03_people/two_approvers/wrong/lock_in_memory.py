# says: a lock in memory reaches only one
RESUMING = threading.Lock()  # one at a time


def decide(db_path, builder, thread_id, question, answer):
    config = {"configurable": {"thread_id": thread_id}}
    with RESUMING, SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        if question not in [pending.id for pending in graph.get_state(config).interrupts]:
            return False
        graph.invoke(Command(resume={question: answer}), config)
        return True
