# says: also in the config that you read the good snapshot with
def roll_back_everything(graph, store, thread_id, checkpoint_id, bank):
    thread = {"thread_id": thread_id}  # a thread and an id say which checkpoint it is
    good = graph.get_state({"configurable": {**thread, "checkpoint_id": checkpoint_id}})
    now = graph.get_state({"configurable": thread})
    for entry in reversed(now.values.get("journal", [])[len(good.values.get("journal", [])) :]):
        if entry["did"] == "charge":
            if entry["id"] not in bank.refunded():
                bank.refund(entry["id"])
        elif entry["before"] is None:
            store.delete(tuple(entry["namespace"]), entry["key"])
        else:
            store.put(tuple(entry["namespace"]), entry["key"], entry["before"])
    graph.update_state(good.config, None)
