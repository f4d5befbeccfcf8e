def roll_back_everything(
    graph: CompiledStateGraph, store: BaseStore, thread_id: str, checkpoint_id: str, bank: Any
) -> None:
    """Bring thread, store and bank back to where they were at a checkpoint; may be called again after a kill."""
    ### BEGIN SOLUTION
    thread = {"thread_id": thread_id, "checkpoint_ns": ""}
    good = graph.get_state({"configurable": {**thread, "checkpoint_id": checkpoint_id}})
    now = graph.get_state({"configurable": thread})  # without an id: what is pending counts
    since = now.values.get("journal", [])[len(good.values.get("journal", [])) :]

    for entry in reversed(since):
        if entry["did"] == "put":
            namespace = tuple(entry["namespace"])
            if entry["before"] is None:
                store.delete(namespace, entry["key"])
            else:
                store.put(namespace, entry["key"], entry["before"])
        elif entry["id"] not in bank.refunded():
            bank.refund(entry["id"])

    # Last, for the journal of the newest checkpoint is the list of what is still to do.
    graph.update_state(good.config, None, as_node="__copy__")
    ### END SOLUTION
