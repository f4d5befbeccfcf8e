# says: after a replay in which another clerk decided
def audit_refund(graph, line):
    threads = {s.config["configurable"]["thread_id"] for s in list(graph.checkpointer.list(None))}
    for thread in threads:
        config = {"configurable": {"thread_id": thread}}
        log = graph.get_state(config).values.get("log", [])
        told = {}
        for entry in log:
            if entry.get("order") == line["order"] and "charged" not in told:
                told[entry["what"]] = entry
        if "charged" not in told:
            continue
        found, ids = None, set()
        for s in graph.get_state_history(config):
            ids.add(s.config["configurable"]["checkpoint_id"])
            if any(
                (e["what"], e.get("order")) == ("charged", line["order"]) for e in s.values.get("log", [])
            ):
                found = s
        parent = found.parent_config["configurable"]["checkpoint_id"]
        return {
            "thread": thread,
            "request": told["requested"]["request"],
            "customer": told["requested"]["by"],
            "decided_by": told["decided"]["by"],
            "version": told["requested"]["version"],
            "checkpoint": found.config["configurable"]["checkpoint_id"] if parent in ids else None,
        }
    return None
