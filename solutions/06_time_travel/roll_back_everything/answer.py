def roll_back_everything(
    graph: CompiledStateGraph, store: BaseStore, thread_id: str, checkpoint_id: str, bank: Any
) -> None:
    """Undo in thread, store and bank what was done since a checkpoint; call again after a kill."""
    ### BEGIN SOLUTION
    thread = {"thread_id": thread_id, "checkpoint_ns": ""}
    good = graph.get_state({"configurable": {**thread, "checkpoint_id": checkpoint_id}})
    now = graph.get_state({"configurable": thread})  # without an id: what is pending counts
    since = now.values["journal"][len(good.values["journal"]) :]

    for entry in reversed(since):
        if entry["did"] == "put":
            namespace = tuple(entry["namespace"])
            if entry["before"] is None:
                store.delete(namespace, entry["key"])
            else:
                store.put(namespace, entry["key"], entry["before"])
        elif entry["id"] not in bank.refunded():
            bank.refund(entry["id"])

    # The thread is last: its newest journal is the list of what's still to do.
    graph.update_state(good.config, None, as_node="__copy__")
    ### END SOLUTION
