# says: after a replay in which another clerk decided
def audit_refund(graph, line):
    threads = {s.config["configurable"]["thread_id"] for s in list(graph.checkpointer.list(None))}
    for thread in sorted(threads):
        config = {"configurable": {"thread_id": thread}}
        found, seen = None, set()
        for s in graph.get_state_history(config):
            seen.add(s.config["configurable"]["checkpoint_id"])
            mine = [e for e in s.values.get("log", []) if e.get("order") == line["order"]]
            if any(e.get("receipt") == line["receipt"] for e in mine):
                found = s, mine
            elif found:
                break
        if not found:
            continue
        s, mine = found
        told = {}
        for e in mine:
            if e.get("receipt") == line["receipt"]:
                break
            told[e["what"]] = e
        parent = s.parent_config["configurable"]["checkpoint_id"]
        return {
            "thread": thread,
            "request": told["requested"]["request"],
            "customer": told["requested"]["by"],
            "decided_by": told["decided"]["by"],
            "version": told["requested"]["version"],
            "checkpoint": s.config["configurable"]["checkpoint_id"] if parent in seen else None,
        }
    return None
