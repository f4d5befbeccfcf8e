# says: `audit_refund` returned
def audit_refund(graph, line):
    saved = list(graph.checkpointer.list(None))[::-1]
    ids = {s.config["configurable"]["checkpoint_id"] for s in saved}
    for s in saved:
        values = s.checkpoint["channel_values"]
        texts = [m.text for m in values.get("messages", []) if m.name == "desk"]
        if not any("We refunded" in text and f"order {line['order']}" in text for text in texts):
            continue
        before = []
        for entry in values["log"]:
            if entry["order"].startswith(line["order"]):
                if entry["what"] == "charged":
                    break
                before.append(entry)
        asked = [e for e in before if e["what"] == "requested"][-1]
        decided = [e for e in before if e["what"] == "decided"][-1]
        parent = s.parent_config["configurable"]["checkpoint_id"]
        return {
            "thread": s.config["configurable"]["thread_id"],
            "request": asked["request"],
            "customer": asked["by"],
            "decided_by": decided["by"],
            "version": asked["version"],
            "checkpoint": parent if parent in ids else None,
        }
    return None
