# says: no index today
def erase_me(saver, store, cache, customer):
    if not customer:
        raise ValueError("which customer?")
    entries = store.search(("sessions", customer), limit=1_000_000)
    items = store.search(("customers", customer), limit=1_000_000)
    threads = {entry.key: [] for entry in entries}
    for one in list(saver.list(None, filter={"customer": customer})):
        threads[one.config["configurable"]["thread_id"]] = []
    for thread in threads:
        newest = saver.get_tuple({"configurable": {"thread_id": thread}})
        if newest:
            threads[thread] = [message.text for message in newest.checkpoint["channel_values"]["messages"]]

    for thread in threads:
        saver.delete_thread(thread)
    for item in [*entries, *items]:
        store.delete(item.namespace, item.key)
    if store.index_config:  # without an index there are no vectors
        store.conn.execute(
            "delete from store_vectors where (prefix, key) not in (select prefix, key from store)"
        )
    cache.clear()
    for db in (saver.conn, store.conn, cache._conn):
        db.execute("vacuum")
        db.execute("pragma wal_checkpoint(truncate)")
    return {"threads": threads, "memories": [item.value for item in items]}
