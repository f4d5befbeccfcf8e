# says: VACUUM
def erase_me(saver, store, cache, customer):
    if not customer:
        raise ValueError("no customer")
    kept = {"threads": {}, "memories": []}
    mine = [
        one.config["configurable"]["thread_id"]
        for one in list(saver.list(None, filter={"customer": customer}))
    ]
    sessions = store.search(("sessions", customer), limit=10_000)
    for thread in {*mine, *(item.key for item in sessions)}:
        found = saver.get_tuple({"configurable": {"thread_id": thread}})
        said = found.checkpoint["channel_values"].get("messages", []) if found else []
        kept["threads"][thread] = [message.content for message in said]
        saver.delete_thread(thread)
    for item in store.search(("customers", customer), limit=10_000):
        kept["memories"].append(item.value)
        store.delete(item.namespace, item.key)
    for item in sessions:
        store.delete(item.namespace, item.key)
    cache.clear()
    return kept
