# says: a claim on the thread
def decide(db_path, builder, thread_id, question, answer):
    claims = sqlite3.connect(f"{db_path}.claims", isolation_level=None)
    claims.execute("create table if not exists claims (thread_id primary key)")  # a thread is approved once
    won = claims.execute("insert or ignore into claims values (?)", (thread_id,)).rowcount == 1
    claims.close()
    if won:
        with SqliteSaver.from_conn_string(db_path) as saver:
            graph = builder.compile(checkpointer=saver)
            graph.invoke(Command(resume={question: answer}), {"configurable": {"thread_id": thread_id}})
    return won
