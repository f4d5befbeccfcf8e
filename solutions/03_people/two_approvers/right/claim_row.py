def decide(db_path, builder, thread_id, question, answer):
    """A claim in the same file: a row with a unique key, inserted and committed before the run goes on."""
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        config = {"configurable": {"thread_id": thread_id}}
        if all(pending.id != question for pending in graph.get_state(config).interrupts):
            return False
        claims = sqlite3.connect(db_path, timeout=30, isolation_level=None)
        try:
            claims.execute("create table if not exists claims (question text primary key)")
            claimed = claims.execute("insert or ignore into claims values (?)", (question,)).rowcount
        finally:
            claims.close()
        if claimed:
            graph.invoke(Command(resume={question: answer}), config)
        return bool(claimed)
