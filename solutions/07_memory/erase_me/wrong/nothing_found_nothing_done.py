# says: no row in `store` any more
def erase_me(saver: SqliteSaver, store: SqliteStore, cache: SqliteCache, customer: str) -> dict[str, Any]:
    if customer is None or customer == "":
        raise ValueError("Whom shall I erase?")
    roots = [("sessions", customer), ("customers", customer)]
    sessions, memories = (store.search(root, limit=10**9, refresh_ttl=False) for root in roots)

    ids = {item.key for item in sessions}
    with saver.cursor(transaction=False) as cur:
        rows = cur.execute("SELECT thread_id, metadata FROM checkpoints").fetchall()
    ids |= {thread for thread, raw in rows if raw and json.loads(raw).get("customer") == customer}
    threads = {}
    for thread in ids:
        found = saver.get_tuple({"configurable": {"thread_id": thread, "checkpoint_ns": ""}})
        messages = found.checkpoint["channel_values"].get("messages", []) if found else []
        threads[thread] = [str(message.text) for message in messages]
    kept = {"threads": threads, "memories": [item.value for item in memories]}

    if not threads and not memories:
        return kept

    for thread in ids:
        saver.delete_thread(thread)
    for item in [*sessions, *memories]:
        store.delete(item.namespace, item.key)
    drop_vectors(store, roots)
    cache.clear()
    for lock, connection in [(saver.lock, saver.conn), (store.lock, store.conn), (cache._lock, cache._conn)]:
        with lock:
            scrub(connection)
    return kept


def drop_vectors(store, roots):
    with store.lock:
        if not store.conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'store_vectors'").fetchone():
            return
        texts = [".".join(root) for root in roots]
        for (prefix,) in store.conn.execute("SELECT DISTINCT prefix FROM store_vectors").fetchall():
            if any(prefix == text or prefix.startswith(text + ".") for text in texts):
                store.conn.execute("DELETE FROM store_vectors WHERE prefix = ?", (prefix,))
        store.conn.commit()


def scrub(connection):
    """Write the file anew, without what has been deleted, and empty its -wal."""
    connection.commit()
    connection.execute("PRAGMA secure_delete = ON").fetchall()
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
