def roll_back_everything(graph, store, thread_id, checkpoint_id, bank):
    """What each item was is worked out first: the oldest `before` of a key. A copy moves the thread."""
    thread = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
    good = graph.get_state({"configurable": {**thread["configurable"], "checkpoint_id": checkpoint_id}})
    kept = len(good.values.get("journal", []))
    was, charges = {}, set()
    for entry in graph.get_state(thread).values.get("journal", [])[kept:]:
        if entry["did"] == "put":
            was.setdefault((tuple(entry["namespace"]), entry["key"]), entry["before"])
        else:
            charges.add(entry["id"])
    for id in charges - set(bank.refunded()):
        bank.refund(id)
    for (namespace, key), value in was.items():
        if value is None:
            store.delete(namespace, key)
        else:
            store.put(namespace, key, value)
    graph.update_state(good.config, None, as_node="__copy__")
