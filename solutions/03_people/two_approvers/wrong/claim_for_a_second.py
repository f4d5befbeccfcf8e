# says: never break it
def decide(db_path: str, builder: StateGraph, thread_id: str, question: str, answer: bool) -> bool:
    """Answer a thread's question, unless it is answered already; tell whether this answer was taken."""
    from contextlib import closing

    config = {"configurable": {"thread_id": thread_id}}

    def claimed(claims: sqlite3.Connection) -> bool:
        now = time.time()
        row = claims.execute(
            "insert into claims values (?, ?) on conflict do update set at = excluded.at where at < ? returning 1",
            (thread_id, now, now - 1),  # an older claim is one of a process that has died
        ).fetchall()
        return bool(row)

    with closing(sqlite3.connect(f"{db_path}-claims", timeout=30, isolation_level=None)) as claims:
        claims.execute("create table if not exists claims (thread text primary key, at real)")
        while not claimed(claims):
            time.sleep(0.02)
        try:
            with SqliteSaver.from_conn_string(db_path) as saver:
                graph = builder.compile(checkpointer=saver)
                if question not in {pending.id for pending in graph.get_state(config).interrupts}:
                    return False
                graph.invoke(Command(resume={question: answer}), config)
                return True
        finally:
            claims.execute("delete from claims where thread = ?", (thread_id,))
