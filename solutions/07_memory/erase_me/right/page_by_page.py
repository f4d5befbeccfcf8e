# %% [before]
from langgraph.store.base import PutOp


# %% [answer]
def everything(store, *namespace):
    items = []
    while page := store.search(namespace, limit=50, offset=len(items)):
        items.extend(page)
    return items


def history_of(graphless_saver, thread_id):
    config = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
    newest = next(iter(list(graphless_saver.list(config, limit=1))), None)
    values = newest.checkpoint["channel_values"] if newest else {}
    return [m.text for m in values.get("messages", ())]


def erase_me(saver, store, cache, customer):
    if not isinstance(customer, str) or not customer:
        raise ValueError(customer)
    sessions, memories = everything(store, "sessions", customer), everything(store, "customers", customer)
    threads = {s.key: history_of(saver, s.key) for s in sessions}
    for found in [*saver.list(None, filter={"customer": customer})]:
        id = found.config["configurable"]["thread_id"]
        if id not in threads:
            threads[id] = history_of(saver, id)

    store.batch([PutOp(i.namespace, i.key, None) for i in [*sessions, *memories]])
    orphans = store.conn.execute(
        "select v.prefix, v.key from store_vectors v left join store s using (prefix, key) where s.key is null"
    ).fetchall()
    store.conn.executemany("delete from store_vectors where prefix = ? and key = ?", orphans)
    for id in threads:
        saver.delete_thread(id)
    cache.clear(None)
    for file in (saver.conn, store.conn, cache._conn):
        file.executescript("vacuum; pragma wal_checkpoint(truncate);")
    return {"threads": threads, "memories": [m.value for m in memories]}
