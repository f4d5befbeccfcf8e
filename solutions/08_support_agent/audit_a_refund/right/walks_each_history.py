def audit_refund(graph, line):
    threads = {s.config["configurable"]["thread_id"] for s in list(graph.checkpointer.list(None))}
    charges = []
    for thread in threads:
        history = list(graph.get_state_history({"configurable": {"thread_id": thread}}))
        known = {s.config["configurable"]["checkpoint_id"] for s in history}
        for s in history:
            mine = [e for e in s.values.get("log", []) if e.get("order") == line["order"]]
            receipts = [e.get("receipt") for e in mine]
            if line["receipt"] in receipts:
                before = s.parent_config and s.parent_config["configurable"]["checkpoint_id"] in known
                charges.append(
                    (
                        s.config["configurable"]["checkpoint_id"],
                        thread,
                        before,
                        mine[: receipts.index(line["receipt"])],
                    )
                )
    if not charges:
        return None
    id, thread, before, lines = min(charges, key=lambda one: one[0])
    asked = next(e for e in reversed(lines) if e["what"] == "requested")
    decided = next(e for e in reversed(lines) if e["what"] == "decided")
    return {
        "thread": thread,
        "request": asked["request"],
        "customer": asked["by"],
        "decided_by": decided["by"],
        "version": asked["version"],
        "checkpoint": id if before else None,
    }
