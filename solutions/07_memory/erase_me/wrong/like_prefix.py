# says: finds others, too
def erase_me(saver, store, cache, customer):
    if not customer:
        raise ValueError("no customer")
    db = store.conn
    like = (f"customers.{customer}%",)
    memories = [
        json.loads(value) for (value,) in db.execute("select value from store where prefix like ?", like)
    ]
    threads = {
        key for (key,) in db.execute("select key from store where prefix like ?", (f"sessions.{customer}%",))
    }
    rows = saver.conn.execute(
        "select thread_id from checkpoints where json_extract(cast(metadata as text), '$.customer') = ?",
        (customer,),
    )
    threads |= {thread for (thread,) in rows}
    kept = {"threads": {}, "memories": memories}
    for thread in threads:
        found = saver.get_tuple({"configurable": {"thread_id": thread}})
        kept["threads"][thread] = (
            [m.text for m in found.checkpoint["channel_values"]["messages"]] if found else []
        )
        saver.delete_thread(thread)
    for table in ("store", "store_vectors"):
        db.execute(f"delete from {table} where prefix like ?", like)
        db.execute(f"delete from {table} where prefix like ?", (f"sessions.{customer}%",))
    cache.clear()
    for conn in (saver.conn, db, cache._conn):
        conn.execute("VACUUM")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return kept
