# says: take it as it is
def erase_me(saver: SqliteSaver, store: SqliteStore, cache: SqliteCache, customer: str) -> dict[str, Any]:
    """Collect what the shop keeps about a customer, erase it everywhere, and return it."""

    def texts(thread: str) -> list[str]:
        found = saver.get_tuple({"configurable": {"thread_id": thread}})
        return [message.text for message in found.checkpoint["channel_values"]["messages"]] if found else []

    if not customer:
        raise ValueError("whose data? A filter for nobody finds everything that has no owner")
    sessions = store.search(("sessions", customer), limit=1_000_000)
    memories = store.search(("customers", customer), limit=1_000_000)
    # A list, for the saver holds its lock while the generator is open.
    marked = [one for one in saver.list(None) if str(one.metadata.get("customer")) == customer]
    threads = {item.key for item in sessions} | {one.config["configurable"]["thread_id"] for one in marked}
    kept = {"threads": {id: texts(id) for id in threads}, "memories": [item.value for item in memories]}

    for thread in threads:
        saver.delete_thread(thread)
    for item in [*sessions, *memories]:
        store.delete(item.namespace, item.key)
    # SqliteStore never deletes a vector.
    store.conn.execute("delete from store_vectors where (prefix, key) not in (select prefix, key from store)")
    cache.clear()
    for connection in (saver.conn, store.conn, cache._conn):
        connection.execute("vacuum")  # in WAL mode the new pages go to the -wal first
        connection.execute("pragma wal_checkpoint(truncate)")
    return kept
