# says: in the registry only
def erase_me(saver, store, cache, customer):
    if not customer:
        raise ValueError("no customer")
    kept = {"threads": {}, "memories": []}
    for one in list(saver.list(None, filter={"customer": customer})):
        id = one.config["configurable"]["thread_id"]
        if id not in kept["threads"]:
            newest = saver.get_tuple({"configurable": {"thread_id": id}})
            kept["threads"][id] = [m.text for m in newest.checkpoint["channel_values"]["messages"]]
    for id in kept["threads"]:
        saver.delete_thread(id)
    for item in store.search(("customers", customer), limit=9999):
        kept["memories"].append(item.value)
        store.delete(item.namespace, item.key)
    for item in store.search(("sessions", customer), limit=9999):
        store.delete(item.namespace, item.key)
    store.conn.execute("delete from store_vectors where (prefix, key) not in (select prefix, key from store)")
    cache.clear()
    for conn in (saver.conn, store.conn, cache._conn):
        conn.execute("VACUUM")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return kept
