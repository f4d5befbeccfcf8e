# says: compare with `=`
def erase_me(saver: SqliteSaver, store: SqliteStore, cache: SqliteCache, customer: str) -> dict[str, Any]:
    """Collect what the shop keeps about a customer, erase it everywhere, and return it."""
    if customer is None or customer == "":
        raise ValueError("no customer")
    mine = "(prefix = ? or prefix = ? or prefix glob ?)"
    below = f"customers.{customer}."
    which = (f"sessions.{customer}", f"customers.{customer}", below + "*")

    threads: dict[str, list[str]] = {}
    memories = []
    with store.lock:
        rows = store.conn.execute(f"select prefix, key, value from store where {mine}", which).fetchall()
    for prefix, key, value in rows:
        if prefix == which[0]:
            threads[key] = []
        else:
            memories.append(json.loads(value))
    for saved in list(saver.list(None, filter={"customer": customer})):
        threads[saved.config["configurable"]["thread_id"]] = []
    for thread in threads:
        newest = saver.get_tuple({"configurable": {"thread_id": thread}})
        if newest:
            threads[thread] = [str(m.text) for m in newest.checkpoint["channel_values"].get("messages", [])]

    for thread in threads:
        saver.delete_thread(thread)
    with store.lock:
        tables = {name for (name,) in store.conn.execute("select name from sqlite_master")}
        if "store_vectors" in tables:
            store.conn.execute(f"delete from store_vectors where {mine}", which)
        store.conn.execute(f"delete from store where {mine}", which)
        store.conn.commit()
    cache.clear()
    for lock, db in ((saver.lock, saver.conn), (store.lock, store.conn), (cache._lock, cache._conn)):
        with lock:
            db.commit()
            db.execute("vacuum")
            db.execute("pragma wal_checkpoint(truncate)").fetchall()
    return {"threads": threads, "memories": memories}
