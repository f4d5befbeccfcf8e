# says: EmptyInputError
def run_to_end(graph, thread_id, first):
    config = {"configurable": {"thread_id": thread_id}}
    with sqlite3.connect("started.db") as db:  # noted before it starts, so that the input is sent once only
        db.execute("create table if not exists started (job primary key)")
        new = db.execute("insert or ignore into started values (?)", (thread_id,)).rowcount
    return graph.invoke(first if new else None, config)
