# says: `tasks` and `updates` show no retry
def observed(graph, log, registry):
    attempts = Counter("node_attempts", "Attempts.", ["node", "outcome"], registry=registry)
    retries = Counter("node_retries", "Retries.", ["node"], registry=registry)
    seconds = Histogram("node_seconds", "Seconds.", ["node"], registry=registry)

    def run(input, config):
        made, began, state = {}, {}, None
        # "tasks" tells when each task starts and ends: a retried one starts again.
        for mode, part in graph.stream(input, config, stream_mode=["tasks", "values"]):
            if mode == "values":
                state = part
            elif "input" in part:
                made[part["id"]], began[part["id"]] = made.get(part["id"], 0) + 1, time.perf_counter()
            else:
                node, number = part["name"], made[part["id"]]
                outcome = "error" if part["error"] else "interrupt" if part["interrupts"] else "ok"
                line = {"thread": config["configurable"]["thread_id"], "node": node, "attempt": number}
                line |= {
                    "outcome": outcome,
                    "error": type(part["error"]).__name__ if part["error"] else None,
                    "seconds": time.perf_counter() - began[part["id"]],
                }
                print(json.dumps(line), file=log, flush=True)
                attempts.labels(node, outcome).inc()
                retries.labels(node).inc(number > 1)
                seconds.labels(node).observe(line["seconds"])
        return state

    return run
