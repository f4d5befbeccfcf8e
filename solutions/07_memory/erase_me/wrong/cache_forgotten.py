# says: the node cache holds her answers
def erase_me(saver, store, cache, customer):
    if not customer:
        raise ValueError("no customer")
    sessions = store.search(("sessions", customer), limit=10_000)
    memories = store.search(("customers", customer), limit=10_000)
    ids = {item.key for item in sessions}
    ids |= {
        c.config["configurable"]["thread_id"] for c in list(saver.list(None, filter={"customer": customer}))
    }
    threads = {}
    for id in ids:
        found = saver.get_tuple({"configurable": {"thread_id": id}})
        threads[id] = [m.text for m in found.checkpoint["channel_values"]["messages"]] if found else []
    for id in ids:
        saver.delete_thread(id)
    for item in memories + sessions:
        store.delete(item.namespace, item.key)
    store.conn.execute("delete from store_vectors where (prefix, key) not in (select prefix, key from store)")
    for conn in (saver.conn, store.conn):
        conn.execute("VACUUM")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return {"threads": threads, "memories": [item.value for item in memories]}
