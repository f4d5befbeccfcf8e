# says: in `bank.refunded()` right before
# %% [before]
paid_back = set()


# %% [answer]
def roll_back_everything(graph, store, thread_id, checkpoint_id, bank):
    here = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
    there = {"configurable": {**here["configurable"], "checkpoint_id": checkpoint_id}}
    good, now = graph.get_state(there), graph.get_state(here)
    since = now.values.get("journal", [])[len(good.values.get("journal", [])) :]
    for entry in reversed(since):
        if entry["did"] == "charge":
            if entry["id"] not in paid_back:
                bank.refund(entry["id"])
                paid_back.add(entry["id"])
        elif entry["before"] is None:
            store.delete(tuple(entry["namespace"]), entry["key"])
        else:
            store.put(tuple(entry["namespace"]), entry["key"], entry["before"])
    graph.update_state(good.config, None, as_node="__copy__")
