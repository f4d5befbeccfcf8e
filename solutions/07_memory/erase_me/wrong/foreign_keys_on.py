# says: in a row of `store_vectors`
def erase_me(saver, store, cache, customer):
    if not customer:
        raise ValueError("no customer")
    store.conn.execute("PRAGMA foreign_keys = ON")  # now the vectors go with their items
    kept = {"threads": {}, "memories": []}
    sessions = store.search(("sessions", customer), limit=100_000)
    ids = [item.key for item in sessions]
    ids += [
        c.config["configurable"]["thread_id"] for c in list(saver.list(None, filter={"customer": customer}))
    ]
    for id in set(ids):
        found = saver.get_tuple({"configurable": {"thread_id": id}})
        kept["threads"][id] = (
            [m.text for m in found.checkpoint["channel_values"]["messages"]] if found else []
        )
        saver.delete_thread(id)
    memories = store.search(("customers", customer), limit=100_000)
    kept["memories"] = [item.value for item in memories]
    for item in memories + sessions:
        store.delete(item.namespace, item.key)
    cache.clear()
    for conn in (saver.conn, store.conn, cache._conn):
        conn.execute("VACUUM")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return kept
