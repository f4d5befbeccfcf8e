# says: what a node calls
def observed(graph, log, registry):
    attempts = Counter("node_attempts", "Attempts.", ["node", "outcome"], registry=registry)
    retries = Counter("node_retries", "Retries.", ["node"], registry=registry)
    seconds = Histogram("node_seconds", "Seconds.", ["node"], registry=registry)

    class Watch(BaseCallbackHandler):
        def __init__(self):
            self.made, self.begun = {}, {}

        def on_chain_start(self, serialized, inputs, *, run_id, metadata=None, **kwargs):
            node = (metadata or {}).get("langgraph_node")
            if node:  # only nodes have that
                task_of = metadata["langgraph_checkpoint_ns"]
                self.made[task_of] = self.made.get(task_of, 0) + 1
                self.begun[run_id] = metadata["thread_id"], node, self.made[task_of], time.perf_counter()

        def on_chain_end(self, outputs, *, run_id, **kwargs):
            self.note(run_id, "ok", None)

        def on_chain_error(self, error, *, run_id, **kwargs):
            paused = isinstance(error, GraphBubbleUp)
            self.note(run_id, "interrupt" if paused else "error", None if paused else type(error).__name__)

        def note(self, run_id, outcome, error):
            if run_id in self.begun:
                thread, node, number, begun = self.begun.pop(run_id)
                took = time.perf_counter() - begun
                line = {"thread": thread, "node": node, "attempt": number, "outcome": outcome}
                print(json.dumps({**line, "error": error, "seconds": took}), file=log, flush=True)
                attempts.labels(node, outcome).inc()
                retries.labels(node).inc(number > 1)
                seconds.labels(node).observe(took)

    return lambda input, config: graph.with_config(callbacks=[Watch()]).invoke(input, config)
