def roll_back_everything(
    graph: CompiledStateGraph, store: BaseStore, thread_id: str, checkpoint_id: str, bank: Any
) -> None:
    """Undo in thread, store and bank what was done since a checkpoint; call again after a kill."""
    thread = {"configurable": {"thread_id": thread_id}}
    point = {"configurable": {**thread["configurable"], "checkpoint_ns": "", "checkpoint_id": checkpoint_id}}
    good, head = graph.get_state(point), graph.get_state(thread)  # head: with pending results

    kept = len(good.values.get("journal") or [])
    since = (head.values.get("journal") or [])[kept:]

    # 1. the bank, which can fail
    for charge in dict.fromkeys(entry["id"] for entry in since if entry["did"] == "charge"):
        if charge not in bank.refunded():
            bank.refund(charge)

    # 2. the store: undo one by one, the last first
    for entry in reversed(since):
        if entry["did"] == "put":
            where = tuple(entry["namespace"]), entry["key"]
            if entry["before"] is None:
                store.delete(*where)
            else:
                store.put(*where, entry["before"])

    # 3. the thread, and only if it isn't there: a copy has the very same versions as its model
    def fingerprint(config):
        saved = graph.checkpointer.get_tuple(config)
        return (
            saved.checkpoint["channel_versions"],
            saved.checkpoint["versions_seen"],
        ), saved.pending_writes or []

    wanted, _ = fingerprint(point)
    there, pending = fingerprint(thread)
    if there != wanted or pending:
        graph.update_state(point, None, as_node="__copy__")
