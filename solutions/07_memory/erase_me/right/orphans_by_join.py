def erase_me(saver: SqliteSaver, store: SqliteStore, cache: SqliteCache, customer: str) -> dict[str, Any]:
    if customer is None or customer == "":
        raise ValueError("whom?")
    saver.setup()
    roots = [f"{root}.{customer}" for root in ("sessions", "customers")]
    under = "(prefix = ? or substr(prefix, 1, length(?) + 1) = ? || '.')"
    memories = store.conn.execute(f"select value from store where {under}", [roots[1]] * 3).fetchall()
    listed = store.conn.execute("select key from store where prefix = ?", [roots[0]]).fetchall()
    tagged = saver.conn.execute(
        "select distinct thread_id from checkpoints where json_extract(cast(metadata as text), '$.customer') = ?",
        [customer],
    ).fetchall()

    def texts(thread):
        head = saver.get_tuple({"configurable": {"thread_id": thread}})
        return [m.text for m in head.checkpoint["channel_values"].get("messages", [])] if head else []

    kept = {
        "threads": {thread: texts(thread) for (thread,) in {*listed, *tagged}},
        "memories": [json.loads(value) for (value,) in memories],
    }
    for thread in kept["threads"]:
        saver.delete_thread(thread)
    for root in roots:
        for table in ("store",):
            store.conn.execute(f"delete from {table} where {under}", [root] * 3)
    store.conn.execute("delete from store_vectors where (prefix, key) not in (select prefix, key from store)")
    cache.clear()
    for db in (saver.conn, store.conn, cache._conn):
        db.commit()
        db.execute("vacuum")
        db.execute("pragma wal_checkpoint(truncate)")
    return kept
