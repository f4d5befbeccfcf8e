# says: its place in the run
class Undo:
    """What is to be undone, and how. Each step may be done again."""

    def __init__(self, store: BaseStore, bank: Any, entries: list[dict[str, Any]]) -> None:
        self.store, self.bank, self.entries = store, bank, entries

    def put(self, entry: dict[str, Any]) -> None:
        where = tuple(entry["namespace"]), entry["key"]
        if entry["before"] is None:
            self.store.delete(*where)
        else:
            self.store.put(*where, entry["before"])

    def charge(self, entry: dict[str, Any]) -> None:
        if entry["id"] not in self.bank.refunded():
            self.bank.refund(entry["id"])

    def run(self) -> None:
        for entry in reversed(self.entries):
            {"put": self.put, "charge": self.charge}[entry["did"]](entry)


def roll_back_everything(
    graph: CompiledStateGraph, store: BaseStore, thread_id: str, checkpoint_id: str, bank: Any
) -> None:
    """Undo in thread, store and bank what was done since a checkpoint; call again after a kill."""
    thread: Any = {"configurable": {"thread_id": thread_id}}
    named: Any = {
        "configurable": {**thread["configurable"], "checkpoint_ns": "", "checkpoint_id": checkpoint_id}
    }
    good = graph.get_state(named)
    if good.metadata is None:
        raise LookupError(checkpoint_id)
    now = graph.get_state(thread)  # with the results that are pending
    saved = graph.get_state(now.config)
    kept = len(good.values.get("journal", []))
    Undo(store, bank, now.values.get("journal", [])[kept:]).run()
    pending = any(task.result is not None for task in now.tasks)
    if pending or saved.values != good.values:
        graph.update_state(good.config, None, as_node="__copy__")
