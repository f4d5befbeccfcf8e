# says: vectors of the registry's entries
def wipe(db):
    db.commit()
    db.execute("pragma secure_delete = on")
    db.execute("vacuum")
    for _ in range(50):
        busy, *_ = db.execute("pragma wal_checkpoint(truncate)").fetchone()
        if not busy:
            return
        time.sleep(0.1)


def erase_me(saver: SqliteSaver, store: SqliteStore, cache: SqliteCache, customer: str) -> dict[str, Any]:
    """Collect what the shop keeps about a customer, erase it everywhere, and return it."""
    if customer is None or customer == "":
        raise ValueError("no customer")
    saver.setup()
    store.setup()

    def hers(prefix, kind):
        return prefix.split(".")[:2] == [kind, customer]

    threads, memories, spaces = set(), [], set()
    rows = store.conn.execute("select prefix, key, value from store order by created_at").fetchall()
    for prefix, key, value in rows:
        if hers(prefix, "sessions"):
            threads.add(key)
            spaces.add(prefix)
        elif hers(prefix, "customers"):
            memories.append(json.loads(value))
            spaces.add(prefix)
    for thread, metadata in saver.conn.execute("select thread_id, metadata from checkpoints").fetchall():
        if metadata is not None and json.loads(metadata).get("customer") == customer:
            threads.add(thread)

    texts = {}
    for thread in sorted(threads):
        found = saver.get_tuple({"configurable": {"thread_id": thread}})
        said = found.checkpoint["channel_values"].get("messages", []) if found else []
        texts[thread] = [str(m.text) for m in said]

    for thread in threads:
        saver.delete_thread(thread)
    with store.lock:
        tables = {
            name for (name,) in store.conn.execute("select name from sqlite_master where type = 'table'")
        }
        for table in {"store_vectors", "store"} & tables:
            for (prefix,) in store.conn.execute(f"select distinct prefix from {table}").fetchall():
                if hers(prefix, "customers") or (table == "store" and hers(prefix, "sessions")):
                    store.conn.execute(f"delete from {table} where prefix = ?", (prefix,))
        wipe(store.conn)
    cache.clear()
    with saver.lock:
        wipe(saver.conn)
    with cache._lock:
        wipe(cache._conn)
    return {"threads": texts, "memories": memories}
