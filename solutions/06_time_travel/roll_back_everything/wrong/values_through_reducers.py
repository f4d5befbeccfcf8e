# says: go through the reducers
def roll_back_everything(graph, store, thread_id, checkpoint_id, bank):
    at_good = {"thread_id": thread_id, "checkpoint_ns": "", "checkpoint_id": checkpoint_id}
    good = graph.get_state({"configurable": at_good})
    now = graph.get_state({"configurable": {"thread_id": thread_id}})
    for entry in reversed(now.values.get("journal", [])[len(good.values.get("journal", [])) :]):
        if entry["did"] == "charge":
            if entry["id"] not in bank.refunded():
                bank.refund(entry["id"])
        elif entry["before"] is None:
            store.delete(tuple(entry["namespace"]), entry["key"])
        else:
            store.put(tuple(entry["namespace"]), entry["key"], entry["before"])
    graph.update_state(good.config, good.values)  # the state is again what it was
