# says: no LangGraph checkpoint in `night.db` holds

from concurrent.futures import ThreadPoolExecutor


def summarise_all(db_path, thread_id, documents, summarise, limit):
    db = sqlite3.connect(db_path, check_same_thread=False, isolation_level=None)
    db.execute("create table if not exists summaries (t text, d text, s text, primary key (t, d))")
    lock = threading.Lock()

    def one(d):
        with lock:
            row = db.execute("select s from summaries where t = ? and d = ?", (thread_id, d)).fetchone()
        if row:
            return row[0]
        s = summarise(d)
        with lock:
            db.execute("insert into summaries values (?, ?, ?)", (thread_id, d, s))
        return s

    try:
        with ThreadPoolExecutor(limit) as pool:
            return list(pool.map(one, documents))
    finally:
        db.close()
