# says: someone else's
def roll_back_everything(graph, store, thread_id, checkpoint_id, bank):
    here = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
    there = {"configurable": {**here["configurable"], "checkpoint_id": checkpoint_id}}
    good, now = graph.get_state(there), graph.get_state(here)
    since = now.values.get("journal", [])[len(good.values.get("journal", [])) :]
    for namespace in {tuple(entry["namespace"]) for entry in since if entry["did"] == "put"}:
        for item in store.search(namespace, limit=1000):
            store.delete(item.namespace, item.key)
    known = {}
    for entry in now.values.get("journal", [])[::-1]:
        if entry["did"] == "put":
            known[tuple(entry["namespace"]), entry["key"]] = entry["before"]
        elif entry in since and entry["id"] not in bank.refunded():
            bank.refund(entry["id"])
    for (namespace, key), value in known.items():
        if value is not None:
            store.put(namespace, key, value)
    graph.update_state(good.config, None, as_node="__copy__")
