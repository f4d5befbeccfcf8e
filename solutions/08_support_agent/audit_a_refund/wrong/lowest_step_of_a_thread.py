# says: after a replay in which another clerk decided
def audit_refund(graph: CompiledStateGraph, line: dict[str, Any]) -> dict[str, Any] | None:
    """Return who asked for a refund, who decided, and the checkpoint where it was charged."""

    def is_charge(entry):
        return (
            entry["what"] == "charged"
            and entry.get("order") == line["order"]
            and entry.get("receipt") == line["receipt"]
        )

    def log_of(item):
        return item.checkpoint["channel_values"].get("log", [])

    def ident(config):
        return config["configurable"]["thread_id"], config["configurable"]["checkpoint_id"]

    everything = list(graph.checkpointer.list(None))
    known = {ident(item.config) for item in everything}

    # In a thread, the first checkpoint is the one with the lowest step (in a fork of the same length, the older one).
    first = {}
    for item in everything:
        if any(is_charge(entry) for entry in log_of(item)):
            thread, checkpoint = ident(item.config)
            rank = item.metadata["step"], checkpoint
            if thread not in first or rank < first[thread][0]:
                first[thread] = rank, item
    if not first:
        return None
    # Between threads, the older checkpoint.
    item = min((item for _, item in first.values()), key=lambda item: ident(item.config)[1])

    decided = requested = None
    for entry in log_of(item):
        if entry.get("order") != line["order"]:
            continue
        if entry["what"] == "requested":
            requested = entry
        elif entry["what"] == "decided":
            decided = entry
        elif is_charge(entry):
            break

    thread, checkpoint = ident(item.config)
    parent = item.parent_config
    return {
        "thread": thread,
        "request": requested["request"],
        "customer": requested["by"],
        "decided_by": decided["by"],
        "version": requested["version"],
        "checkpoint": checkpoint if parent is None or ident(parent) in known else None,
    }
