# says: one entry since then is equal to an older one
def roll_back_everything(graph, store, thread_id, checkpoint_id, bank):
    here = {"configurable": {"thread_id": thread_id}}
    there = {"configurable": {"thread_id": thread_id, "checkpoint_ns": "", "checkpoint_id": checkpoint_id}}
    good = graph.get_state(there)
    old = good.values.get("journal", [])
    since = [e for e in graph.get_state(here).values.get("journal", []) if e not in old]
    for e in reversed(since):
        if e["did"] == "charge":
            if e["id"] not in bank.refunded():
                bank.refund(e["id"])
        elif e["before"] is None:
            store.delete(tuple(e["namespace"]), e["key"])
        else:
            store.put(tuple(e["namespace"]), e["key"], e["before"])
    graph.update_state(there, None, as_node="__copy__")
