# says: `get_state` without a checkpoint id counts it
def roll_back_everything(graph, store, thread_id, checkpoint_id, bank):
    history = list(graph.get_state_history({"configurable": {"thread_id": thread_id}}))
    good = next(s for s in history if s.config["configurable"]["checkpoint_id"] == checkpoint_id)
    journal = history[0].values.get("journal", [])  # the newest checkpoint has all that happened
    for entry in reversed(journal[len(good.values.get("journal", [])) :]):
        if entry["did"] == "charge":
            if entry["id"] not in bank.refunded():
                bank.refund(entry["id"])
        elif entry["before"] is None:
            store.delete(tuple(entry["namespace"]), entry["key"])
        else:
            store.put(tuple(entry["namespace"]), entry["key"], entry["before"])
    graph.update_state(good.config, None, as_node="__copy__")
