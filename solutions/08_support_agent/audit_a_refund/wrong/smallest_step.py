# says: `thread` is
def audit_refund(graph: CompiledStateGraph, line: dict[str, Any]) -> dict[str, Any] | None:
    """Return who asked for a refund, who decided, and the checkpoint where it was charged."""

    def place(config: dict[str, Any]) -> tuple[str, str]:
        return config["configurable"]["checkpoint_id"], config["configurable"]["thread_id"]

    def of_order(saved: Any) -> list[dict[str, Any]]:
        log = saved.checkpoint["channel_values"].get("log", [])
        return [entry for entry in log if entry.get("order") == line["order"]]

    found = {place(saved.config): saved for saved in graph.checkpointer.list(None)}
    charged = [
        key for key in found if any(entry.get("receipt") == line["receipt"] for entry in of_order(found[key]))
    ]
    if not charged:
        return None
    first, told = min(reversed(charged), key=lambda key: found[key].metadata["step"]), dict[str, Any]()
    for entry in of_order(found[first]):
        if entry.get("receipt") == line["receipt"]:
            break
        told[entry["what"]] = entry
    parent = found[first].parent_config
    return {
        "thread": first[1],
        "request": told["requested"]["request"],
        "customer": told["requested"]["by"],
        "decided_by": told["decided"]["by"],
        "version": told["requested"]["version"],
        "checkpoint": first[0] if parent and place(parent) in found else None,
    }
