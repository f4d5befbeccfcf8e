# says: undo nothing that came earlier
def roll_back_everything(graph, store, thread_id, checkpoint_id, bank):
    here = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
    there = {"configurable": {**here["configurable"], "checkpoint_id": checkpoint_id}}
    good, now = graph.get_state(there), graph.get_state(here)
    since = now.values.get("journal", [])[len(good.values.get("journal", [])) :]
    first = {}
    for entry in now.values.get("journal", []):
        if entry["did"] == "put":
            first.setdefault((tuple(entry["namespace"]), entry["key"]), entry["before"])
    for entry in since:
        if entry["did"] == "charge":
            if entry["id"] not in bank.refunded():
                bank.refund(entry["id"])
            continue
        value = first[tuple(entry["namespace"]), entry["key"]]
        if value is None:
            store.delete(tuple(entry["namespace"]), entry["key"])
        else:
            store.put(tuple(entry["namespace"]), entry["key"], value)
    graph.update_state(good.config, None, as_node="__copy__")
