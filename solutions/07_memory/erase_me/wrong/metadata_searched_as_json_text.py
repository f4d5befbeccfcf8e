# says: compare values instead of text
def erase_me(saver: SqliteSaver, store: SqliteStore, cache: SqliteCache, customer: str) -> dict[str, Any]:
    """Her threads are those whose metadata contain her id, written as in JSON."""
    if customer is None or customer == "":
        raise ValueError("no customer")

    def under(root: str) -> tuple[str, list[str]]:
        path = f"{root}.{customer}"
        return "(prefix = ? OR substr(prefix, 1, length(?)) = ?)", [path, path + ".", path + "."]

    def texts(thread: str) -> list[str]:
        newest = saver.get_tuple({"configurable": {"thread_id": thread}})
        messages = newest.checkpoint["channel_values"].get("messages", []) if newest else []
        return [str(message.text) for message in messages]

    def scrub(connection: sqlite3.Connection) -> None:
        connection.commit()
        connection.execute("VACUUM")
        for _ in range(50):
            if not connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                return
            time.sleep(0.1)
        raise RuntimeError("the log is still in use")

    found: dict[str, None] = {}
    with store.lock:
        where, values = under("sessions")
        for (thread,) in store.conn.execute(f"SELECT key FROM store WHERE {where}", values).fetchall():
            found[thread] = None
        where, values = under("customers")
        rows = store.conn.execute(f"SELECT value FROM store WHERE {where}", values).fetchall()
        memories = [json.loads(value) for (value,) in rows]
    with saver.cursor(transaction=False) as cur:
        query = (
            "SELECT thread_id, metadata FROM checkpoints WHERE metadata IS NOT NULL ORDER BY checkpoint_id"
        )
        for thread, metadata in cur.execute(query).fetchall():
            if f'"customer": "{customer}"' in metadata.decode():
                found[thread] = None
    kept = {"threads": {thread: texts(thread) for thread in found}, "memories": memories}

    for thread in found:
        saver.delete_thread(thread)
    with saver.lock:
        scrub(saver.conn)
    with store.lock:
        tables = store.conn.execute("SELECT name FROM sqlite_master WHERE name IN ('store', 'store_vectors')")
        for (table,) in tables.fetchall():
            for root in ("sessions", "customers"):
                where, values = under(root)
                store.conn.execute(f"DELETE FROM {table} WHERE {where}", values)
        scrub(store.conn)
    cache.clear()
    with cache._lock:
        scrub(cache._conn)
    return kept
