# says: counts on from what was before
def observed(graph, log, registry):
    attempts = Counter("node_attempts", "Attempts.", ["node", "outcome"], registry=registry)
    retries = Counter("node_retries", "Retries.", ["node"], registry=registry)
    seconds = Histogram("node_seconds", "Seconds.", ["node"], registry=registry)
    made, begun = {}, {}

    class Watch(BaseCallbackHandler):
        graph = None  # its run id

        def on_chain_start(self, serialized, inputs, *, run_id, parent_run_id=None, metadata=None, **kwargs):
            self.graph = self.graph or run_id
            if parent_run_id == self.graph:
                name = metadata["langgraph_node"]
                key = metadata["thread_id"], name  # a node that runs again is being retried
                made[key] = made.get(key, 0) + 1
                begun[run_id] = *key, made[key], time.perf_counter()

        def on_chain_end(self, outputs, *, run_id, **kwargs):
            self.note(run_id, "ok", None)

        def on_chain_error(self, error, *, run_id, **kwargs):
            paused = isinstance(error, GraphBubbleUp)
            self.note(run_id, "interrupt" if paused else "error", None if paused else type(error).__name__)

        def note(self, run_id, outcome, error):
            if run_id in begun:
                thread, node, number, since = begun.pop(run_id)
                took = time.perf_counter() - since
                line = {"thread": thread, "node": node, "attempt": number, "outcome": outcome}
                print(json.dumps({**line, "error": error, "seconds": took}), file=log, flush=True)
                attempts.labels(node, outcome).inc()
                retries.labels(node).inc(number > 1)
                seconds.labels(node).observe(took)

    return lambda input, config: graph.with_config(callbacks=[Watch()]).invoke(input, config)
