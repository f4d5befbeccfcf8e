# says: before the good checkpoint
def roll_back_everything(graph, store, thread_id, checkpoint_id, bank):
    now = graph.get_state({"configurable": {"thread_id": thread_id}})
    for entry in reversed(now.values.get("journal", [])):  # everything
        if entry["did"] == "charge":
            if entry["id"] not in bank.refunded():
                bank.refund(entry["id"])
        elif entry["before"] is None:
            store.delete(tuple(entry["namespace"]), entry["key"])
        else:
            store.put(tuple(entry["namespace"]), entry["key"], entry["before"])
    good = {"configurable": {"thread_id": thread_id, "checkpoint_id": checkpoint_id}}
    graph.update_state(good, None, as_node="__copy__")
