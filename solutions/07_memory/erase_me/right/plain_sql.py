def erase_me(saver, store, cache, customer):
    if customer is None or customer == "":
        raise ValueError("customer must be given")

    roots = (f"customers.{customer}", f"sessions.{customer}")
    below = "(prefix = ? or substr(prefix, 1, length(?) + 1) = ? || '.')"

    rows = store.conn.execute(f"select value from store where {below}", (roots[0],) * 3).fetchall()
    memories = [json.loads(value) for (value,) in rows]
    ids = {id for (id,) in store.conn.execute("select key from store where prefix = ?", (roots[1],))}
    marked = saver.conn.execute(
        "select distinct thread_id from checkpoints where json_extract(cast(metadata as text), '$.customer') = ?",
        (customer,),
    )
    ids.update(id for (id,) in marked)

    threads = {}
    for id in ids:
        head = saver.get_tuple({"configurable": {"thread_id": id}})
        threads[id] = [] if head is None else [m.text for m in head.checkpoint["channel_values"]["messages"]]

    for connection, statements in (
        (
            saver.conn,
            [
                (f"delete from {t} where thread_id = ?", (id,))
                for t in ("checkpoints", "writes")
                for id in ids
            ],
        ),
        (
            store.conn,
            [(f"delete from {t} where {below}", (r,) * 3) for t in ("store", "store_vectors") for r in roots],
        ),
        (cache._conn, [("delete from cache", ())]),
    ):
        for statement, values in statements:
            connection.execute(statement, values)
        connection.commit()
        connection.execute("vacuum")
        if connection.execute("pragma journal_mode").fetchone()[0] == "wal":
            connection.execute("pragma journal_mode = delete")
            connection.execute("pragma journal_mode = wal")
    return {"threads": threads, "memories": memories}
