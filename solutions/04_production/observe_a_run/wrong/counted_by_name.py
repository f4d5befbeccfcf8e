# says: and its count isn't
def observed(
    graph: CompiledStateGraph, log: TextIO, registry: CollectorRegistry
) -> Callable[[Any, dict[str, Any]], dict[str, Any]]:
    attempts = Counter("node_attempts", "attempts", ["node", "outcome"], registry=registry)
    retries = Counter("node_retries", "retries", ["node"], registry=registry)
    lengths = Histogram("node_seconds", "seconds", ["node"], registry=registry)
    lock = threading.Lock()

    class Watch(BaseCallbackHandler):
        def __init__(self, thread):
            self.thread, self.count, self.running = thread, {}, {}

        def on_chain_start(self, serialized, inputs, *, run_id, tags=None, metadata=None, **kwargs):
            if not any(tag.startswith("graph:step:") for tag in tags or []):
                return
            node = metadata["langgraph_node"]
            with lock:
                self.count[node] = self.count.get(node, 0) + 1
                self.running[run_id] = node, self.count[node], time.monotonic()

        def on_chain_end(self, outputs, *, run_id, **kwargs):
            self.finish(run_id, "ok", None)

        def on_chain_error(self, error, *, run_id, **kwargs):
            bubble = isinstance(error, GraphBubbleUp)
            self.finish(run_id, "interrupt" if bubble else "error", None if bubble else type(error).__name__)

        def finish(self, run_id, outcome, error):
            now = time.monotonic()
            with lock:
                if run_id not in self.running:
                    return
                node, attempt, start = self.running.pop(run_id)
                if outcome == "ok":
                    self.count[node] = 0  # the next time, it is reached anew
                seconds = now - start
                log.write(
                    json.dumps(
                        {
                            "thread": self.thread,
                            "node": node,
                            "attempt": attempt,
                            "outcome": outcome,
                            "error": error,
                            "seconds": seconds,
                        }
                    )
                    + "\n"
                )
                log.flush()
                attempts.labels(node, outcome).inc()
                if attempt > 1:
                    retries.labels(node).inc()
                lengths.labels(node).observe(seconds)

    def run(input, config):
        watch = Watch(config["configurable"]["thread_id"])
        callbacks = config.get("callbacks") or []
        if isinstance(callbacks, list):
            callbacks = [*callbacks, watch]
        else:
            callbacks = callbacks.copy()
            callbacks.add_handler(watch, inherit=True)
        return graph.invoke(input, {**config, "callbacks": callbacks})

    return run
