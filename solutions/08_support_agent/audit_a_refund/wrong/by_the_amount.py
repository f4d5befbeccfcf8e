# says: KeyError
def audit_refund(graph: CompiledStateGraph, line: dict[str, Any]) -> dict[str, Any] | None:
    """Return who asked for a refund, who decided, and the checkpoint where it was charged."""

    def place(config: dict[str, Any]) -> tuple[str, str]:
        return config["configurable"]["checkpoint_id"], config["configurable"]["thread_id"]

    def of_order(saved: Any) -> list[dict[str, Any]]:
        log = saved.checkpoint["channel_values"].get("log", [])
        return [entry for entry in log if entry.get("cents") == line["cents"] or (entry["what"] == "decided")]

    found = {place(saved.config): saved for saved in graph.checkpointer.list(None)}
    charged = [key for key in found if any(entry["what"] == "charged" for entry in of_order(found[key]))]
    if not charged:
        return None
    first, told = min(charged), dict[str, Any]()
    for entry in of_order(found[first]):
        if entry["what"] == "charged":
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
