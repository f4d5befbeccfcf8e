# says: only `None` means that there was no item
def roll_back_everything(graph, store, thread_id, checkpoint_id, bank):
    thread = {"thread_id": thread_id, "checkpoint_ns": ""}
    good = graph.get_state({"configurable": {**thread, "checkpoint_id": checkpoint_id}})
    now = graph.get_state({"configurable": thread})
    since = now.values.get("journal", [])[len(good.values.get("journal", [])) :]

    for entry in reversed(since):
        if entry["did"] == "put":
            namespace = tuple(entry["namespace"])
            if entry["before"]:
                store.put(namespace, entry["key"], entry["before"])
            else:  # there was nothing
                store.delete(namespace, entry["key"])
        elif entry["id"] not in bank.refunded():
            bank.refund(entry["id"])

    graph.update_state(good.config, None, as_node="__copy__")
