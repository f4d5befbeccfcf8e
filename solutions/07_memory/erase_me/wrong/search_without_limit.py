# says: gives ten items unless
def erase_me(saver, store, cache, customer):
    if not customer:
        raise ValueError("no customer")
    threads = {item.key for item in store.search(("sessions", customer))}
    for one in list(saver.list(None, filter={"customer": customer})):
        threads.add(one.config["configurable"]["thread_id"])
    kept = {"threads": {}, "memories": []}
    for thread in threads:
        found = saver.get_tuple({"configurable": {"thread_id": thread}})
        kept["threads"][thread] = (
            [m.text for m in found.checkpoint["channel_values"]["messages"]] if found else []
        )
        saver.delete_thread(thread)
        store.delete(("sessions", customer), thread)
    for item in store.search(("customers", customer)):
        kept["memories"].append(item.value)
        store.delete(item.namespace, item.key)
    store.conn.execute("delete from store_vectors where (prefix, key) not in (select prefix, key from store)")
    cache.clear()
    for conn in (saver.conn, store.conn, cache._conn):
        conn.execute("VACUUM")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return kept
