# says: refuse before you look
def erase_me(saver, store, cache, customer):
    threads = {}
    for one in list(saver.list(None, filter={"customer": customer})):
        threads.setdefault(one.config["configurable"]["thread_id"], [])
    for item in store.search(("sessions", str(customer)), limit=10_000) if customer else []:
        threads[item.key] = []
        store.delete(item.namespace, item.key)
    for id in threads:
        found = saver.get_tuple({"configurable": {"thread_id": id}})
        threads[id] = [m.text for m in found.checkpoint["channel_values"]["messages"]] if found else []
        saver.delete_thread(id)
    memories = store.search(("customers", customer), limit=10_000)  # raises ValueError for None and ""
    for item in memories:
        store.delete(item.namespace, item.key)
    store.conn.execute("delete from store_vectors where (prefix, key) not in (select prefix, key from store)")
    cache.clear()
    for conn in (saver.conn, store.conn, cache._conn):
        conn.execute("VACUUM")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return {"threads": threads, "memories": [item.value for item in memories]}
