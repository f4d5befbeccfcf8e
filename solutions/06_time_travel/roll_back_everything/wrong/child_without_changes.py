# says: follows a node's edges anew
def roll_back_everything(
    graph: CompiledStateGraph, store: BaseStore, thread_id: str, checkpoint_id: str, bank: Any
) -> None:
    """Undo in thread, store and bank what was done since a checkpoint; call again after a kill."""
    thread = {"configurable": {"thread_id": thread_id}}
    good = graph.get_state(
        {"configurable": {"thread_id": thread_id, "checkpoint_ns": "", "checkpoint_id": checkpoint_id}}
    )
    head = graph.get_state(thread)
    since = head.values.get("journal", [])[len(good.values.get("journal", [])) :]
    before = {}
    for entry in since:
        if entry["did"] == "put":
            before.setdefault((tuple(entry["namespace"]), entry["key"]), entry["before"])
        elif entry["id"] not in bank.refunded():
            bank.refund(entry["id"])
    for (namespace, key), value in before.items():
        if value is None:
            store.delete(namespace, key)
        else:
            store.put(namespace, key, value)
    if head.values != good.values or head.next != good.next:
        graph.update_state(good.config, None)
