# says: look at every checkpoint
def erase_me(saver, store, cache, customer):
    if not customer:
        raise ValueError("no customer")
    sessions = {item.key for item in store.search(("sessions", customer), limit=10_000)}
    threads = {}
    for (id,) in saver.conn.execute("select distinct thread_id from checkpoints").fetchall():
        head = saver.get_tuple({"configurable": {"thread_id": id}})
        if id in sessions or head.metadata.get("customer") == customer:
            threads[id] = [m.text for m in head.checkpoint["channel_values"].get("messages", [])]
    threads = {**{key: [] for key in sessions}, **threads}
    memories = store.search(("customers", customer), limit=10_000)
    for id in threads:
        saver.delete_thread(id)
        store.delete(("sessions", customer), id)
    for item in memories:
        store.delete(item.namespace, item.key)
    store.conn.execute("delete from store_vectors where (prefix, key) not in (select prefix, key from store)")
    cache.clear()
    for conn in (saver.conn, store.conn, cache._conn):
        conn.execute("VACUUM")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return {"threads": threads, "memories": [item.value for item in memories]}
