# says: was refunded 2 times
def roll_back_everything(graph, store, thread_id, checkpoint_id, bank):
    good = graph.get_state({"configurable": {"thread_id": thread_id, "checkpoint_id": checkpoint_id}})
    now = graph.get_state({"configurable": {"thread_id": thread_id}})
    for entry in reversed(now.values.get("journal", [])[len(good.values.get("journal", [])) :]):
        if entry["did"] == "charge":
            bank.refund(entry["id"])  # each entry is met once
        elif entry["before"] is None:
            store.delete(tuple(entry["namespace"]), entry["key"])
        else:
            store.put(tuple(entry["namespace"]), entry["key"], entry["before"])
    graph.update_state(good.config, None, as_node="__copy__")
