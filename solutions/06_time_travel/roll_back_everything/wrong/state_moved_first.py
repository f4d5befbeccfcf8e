# says: only the newest checkpoint's journal says
def roll_back_everything(graph, store, thread_id, checkpoint_id, bank):
    good = graph.get_state({"configurable": {"thread_id": thread_id, "checkpoint_id": checkpoint_id}})
    now = graph.get_state({"configurable": {"thread_id": thread_id}})
    graph.update_state(good.config, None, as_node="__copy__")  # first of all, stop the thread from going on
    for entry in reversed(now.values.get("journal", [])[len(good.values.get("journal", [])) :]):
        if entry["did"] == "charge":
            if entry["id"] not in bank.refunded():
                bank.refund(entry["id"])
        elif entry["before"] is None:
            store.delete(tuple(entry["namespace"]), entry["key"])
        else:
            store.put(tuple(entry["namespace"]), entry["key"], entry["before"])
