def audit_refund(graph, line):
    for s in reversed(list(graph.checkpointer.list(None))):
        log = s.checkpoint["channel_values"].get("log") or []
        for place, entry in enumerate(log):
            if entry["what"] != "charged" or entry["receipt"] != line["receipt"]:
                continue
            trail = {"thread": s.config["configurable"]["thread_id"]}
            for earlier in log[:place]:
                if earlier.get("order") == line["order"] and earlier["what"] == "requested":
                    trail |= {name: earlier[name] for name in ("request", "version")}
                    trail["customer"] = earlier["by"]
                if earlier.get("order") == line["order"] and earlier["what"] == "decided":
                    trail["decided_by"] = earlier["by"]
            ours = place == len(log) - 1
            return trail | {"checkpoint": s.config["configurable"]["checkpoint_id"] if ours else None}
    return None
