def audit_refund(graph, line):
    saver = graph.checkpointer
    with saver.lock:
        rows = saver.conn.execute(
            "select thread_id, checkpoint_id, parent_checkpoint_id, type, checkpoint from checkpoints "
            "where checkpoint_ns = '' order by checkpoint_id"
        ).fetchall()
    ids = {row[1] for row in rows}
    for thread, id, parent, kind, blob in rows:
        log = saver.serde.loads_typed((kind, blob))["channel_values"].get("log", [])
        asked = decided = None
        for e in log:
            match e:
                case {"what": "requested", "order": order} if order == line["order"]:
                    asked = e
                case {"what": "decided", "order": order} if order == line["order"]:
                    decided = e
                case {"what": "charged", "receipt": receipt} if receipt == line["receipt"]:
                    return {
                        "thread": thread,
                        "request": asked["request"],
                        "customer": asked["by"],
                        "decided_by": decided["by"],
                        "version": asked["version"],
                        "checkpoint": id if parent in ids else None,
                    }
    return None
