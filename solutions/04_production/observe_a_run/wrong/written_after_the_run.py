# says: had not been written yet
from langchain_core.tracers.run_collector import RunCollectorCallbackHandler


def observed(graph, log, registry):
    attempts = Counter("node_attempts", "Attempts.", ["node", "outcome"], registry=registry)
    retries = Counter("node_retries", "Retries.", ["node"], registry=registry)
    seconds = Histogram("node_seconds", "Seconds.", ["node"], registry=registry)

    def run(input, config):
        collector = RunCollectorCallbackHandler()
        try:
            return graph.with_config(callbacks=[collector]).invoke(input, config)
        finally:
            made = {}
            for child in collector.traced_runs[0].child_runs:  # the whole tree, once it is complete
                about = child.extra["metadata"]
                task_of, node = about["langgraph_checkpoint_ns"], about["langgraph_node"]
                made[task_of] = number = made.get(task_of, 0) + 1
                error = child.error.split("(")[0] if child.error else None
                outcome = "interrupt" if error == "GraphInterrupt" else "error" if error else "ok"
                took = (child.end_time - child.start_time).total_seconds()
                line = {"thread": about["thread_id"], "node": node, "attempt": number, "outcome": outcome}
                line |= {"error": error if outcome == "error" else None, "seconds": took}
                print(json.dumps(line), file=log, flush=True)
                attempts.labels(node, outcome).inc()
                retries.labels(node).inc(number > 1)
                seconds.labels(node).observe(took)

    return run
