# says: the same graph was asked again
_audited: dict[tuple[CompiledStateGraph, str, str], dict[str, Any]] = {}


def audit_refund(graph: CompiledStateGraph, line: dict[str, Any]) -> dict[str, Any] | None:
    """Return who asked for a refund, who decided, and the checkpoint where it was charged."""
    # A charge is made once, and never changes: what was found once needn't be looked for again.
    key = graph, line["order"], line["receipt"]
    if key not in _audited:
        found = _search(graph, line)
        if found is None:
            return None
        _audited[key] = found
    return dict(_audited[key])


def _search(graph, line):
    history = list(graph.checkpointer.list(None))
    history.sort(key=lambda item: item.config["configurable"]["checkpoint_id"])
    ids = {item.config["configurable"]["checkpoint_id"] for item in history}

    for item in history:
        requested = decided = None
        for entry in item.checkpoint["channel_values"].get("log", []):
            if entry.get("order") != line["order"]:
                continue
            if entry["what"] == "requested":
                requested = entry
            elif entry["what"] == "decided":
                decided = entry
            elif entry["what"] == "charged" and entry.get("receipt") == line["receipt"]:
                here = item.config["configurable"]
                parent = item.parent_config
                complete = parent is None or parent["configurable"]["checkpoint_id"] in ids
                return {
                    "thread": here["thread_id"],
                    "request": requested["request"],
                    "customer": requested["by"],
                    "decided_by": decided["by"],
                    "version": requested["version"],
                    "checkpoint": here["checkpoint_id"] if complete else None,
                }
    return None
