def roll_back_everything(graph, store, thread_id, checkpoint_id, bank):
    """What each item was is worked out first: the oldest `before` of a key. An empty update moves the thread."""
    thread = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
    good = graph.get_state({"configurable": {**thread["configurable"], "checkpoint_id": checkpoint_id}})
    kept = len(good.values.get("journal", []))
    was, charges = {}, []
    for entry in graph.get_state(thread).values.get("journal", [])[kept:]:
        if entry["did"] == "put":
            was.setdefault((tuple(entry["namespace"]), entry["key"]), entry["before"])
        else:
            charges.append(entry["id"])
    done = bank.refunded()
    for id in charges:
        if id not in done:
            bank.refund(id)
    for (namespace, key), value in was.items():
        if value is None:
            store.delete(namespace, key)
        else:
            store.put(namespace, key, value)
    graph.update_state(good.config, None)
