# says: the same graph was asked again
AUDITED = {}


def audit_refund(graph: CompiledStateGraph, line: dict[str, Any]) -> dict[str, Any] | None:
    """Return who asked for a refund, who decided, and the checkpoint where it was charged."""

    if line["receipt"] in AUDITED:
        return AUDITED[line["receipt"]]

    def mine(saved):
        log = saved.checkpoint["channel_values"].get("log") or []
        return [each for each in log if each.get("order") == line["order"]]

    def charge(lines):
        for number, each in enumerate(lines):
            if each["what"] == "charged" and each.get("receipt") == line["receipt"]:
                return number
        return None

    def name(config):
        return config["configurable"]["thread_id"], config["configurable"]["checkpoint_id"]

    everything = [
        one for one in graph.checkpointer.list(None) if not one.config["configurable"].get("checkpoint_ns")
    ]
    by_name = {name(one.config): one for one in everything}
    having = [one for one in everything if charge(mine(one)) is not None]
    if not having:
        return None
    first = min(having, key=lambda one: one.config["configurable"]["checkpoint_id"])
    thread, checkpoint = name(first.config)
    before = mine(first)[: charge(mine(first))]
    decided = max(n for n, each in enumerate(before) if each["what"] == "decided")
    asked = [each for each in before[:decided] if each["what"] == "requested"][-1]
    known = first.parent_config is not None and name(first.parent_config) in by_name
    AUDITED[line["receipt"]] = {
        "thread": thread,
        "request": asked["request"],
        "customer": asked["by"],
        "decided_by": before[decided]["by"],
        "version": asked["version"],
        "checkpoint": checkpoint if known else None,
    }
    return AUDITED[line["receipt"]]
