# says: is still pending on the newest checkpoint
def roll_back_everything(
    graph: CompiledStateGraph, store: BaseStore, thread_id: str, checkpoint_id: str, bank: Any
) -> None:
    """Undo in thread, store and bank what was done since a checkpoint; call again after a kill."""
    head = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
    target = {"configurable": {**head["configurable"], "checkpoint_id": checkpoint_id}}
    now, good = graph.get_state(head), graph.get_state(target)
    if good.created_at is None:
        raise ValueError(f"thread {thread_id!r} has no checkpoint {checkpoint_id!r}")

    # The newest state counts what finished nodes of a failed step have returned, too.
    kept = good.values.get("journal", [])
    since = now.values.get("journal", [])[len(kept) :]

    first_before = {}
    for entry in reversed(since):
        if entry["did"] == "put":
            first_before[tuple(entry["namespace"]), entry["key"]] = entry["before"]
    for (namespace, key), before in first_before.items():
        if before is None:
            store.delete(namespace, key)
        else:
            store.put(namespace, key, before)

    already_then = {entry["id"] for entry in kept if entry["did"] == "charge"}
    for charge in dict.fromkeys(entry["id"] for entry in since if entry["did"] == "charge"):
        if charge not in already_then and charge not in bank.refunded():
            bank.refund(charge)

    # The thread goes last: as long as its journal is the long one, a further call knows what there is to undo.
    done = (now.metadata or {}).get("source") == "fork" and now.parent_config == good.parent_config
    if not done and (now.config != good.config or any(task.result is not None for task in now.tasks)):
        graph.update_state(target, None, as_node="__copy__")
