# says: if namespace and key are joined
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
            first_before["/".join([*entry["namespace"], entry["key"]])] = entry
    for entry in first_before.values():
        namespace, key, before = tuple(entry["namespace"]), entry["key"], entry["before"]
        if before is None:
            store.delete(namespace, key)
        else:
            store.put(namespace, key, before)

    already_then = {entry["id"] for entry in kept if entry["did"] == "charge"}
    for charge in dict.fromkeys(entry["id"] for entry in since if entry["did"] == "charge"):
        if charge not in already_then and charge not in bank.refunded():
            bank.refund(charge)

    # The thread goes last: as long as its journal is the long one, a further call knows what there is to undo.
    newest, wanted = graph.checkpointer.get_tuple(head), graph.checkpointer.get_tuple(target)
    is_there = all(
        newest.checkpoint[part] == wanted.checkpoint[part] for part in ("channel_versions", "versions_seen")
    )
    if not is_there or any(task.result is not None for task in now.tasks):
        graph.update_state(target, None, as_node="__copy__")
