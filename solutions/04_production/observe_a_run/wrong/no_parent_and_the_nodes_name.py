# says: take the first that begins
# the graph's own run has a parent in a chain, so no attempt is noticed
def observed(
    graph: CompiledStateGraph, log: TextIO, registry: CollectorRegistry
) -> Callable[[Any, dict[str, Any]], dict[str, Any]]:
    """Return a function that invokes `graph` and tells `log` and `registry` of each attempt of a node."""
    attempts = Counter("node_attempts", "Attempts of a node", ["node", "outcome"], registry=registry)
    retries = Counter("node_retries", "Attempts after the first", ["node"], registry=registry)
    durations = Histogram("node_seconds", "How long an attempt took", ["node"], registry=registry)
    writing = threading.Lock()

    class Watch(BaseCallbackHandler):
        """Watches one run of the graph: its nodes are the direct children of its root."""

        def __init__(self, thread: str) -> None:
            self.thread = thread
            self.root: Any = None
            self.counts: dict[str, int] = {}
            self.running: dict[Any, tuple[str, int, float]] = {}
            self.lock = threading.Lock()

        def on_chain_start(self, serialized, inputs, *, run_id, parent_run_id=None, metadata=None, **kwargs):
            if parent_run_id is None:
                self.root = run_id
                return
            node = (metadata or {}).get("langgraph_node")
            if parent_run_id != self.root or kwargs.get("name") != node:
                return  # something that a node calls, or a router
            task = metadata[
                "langgraph_checkpoint_ns"
            ]  # differs for each Send, and for each time it's reached
            with self.lock:
                self.counts[task] = attempt = self.counts.get(task, 0) + 1
                self.running[run_id] = node, attempt, time.perf_counter()

        def on_chain_end(self, outputs, *, run_id, **kwargs):
            self.finish(run_id, "ok", None)

        def on_chain_error(self, error, *, run_id, **kwargs):
            if isinstance(error, GraphBubbleUp):
                self.finish(run_id, "interrupt", None)
            else:
                self.finish(run_id, "error", type(error).__name__)

        def finish(self, run_id, outcome: str, error: str | None) -> None:
            with self.lock:
                found = self.running.pop(run_id, None)
            if found is None:
                return
            node, attempt, began = found
            seconds = time.perf_counter() - began
            line = {
                "thread": self.thread,
                "node": node,
                "attempt": attempt,
                "outcome": outcome,
                "error": error,
                "seconds": seconds,
            }
            with writing:
                log.write(json.dumps(line) + "\n")
                log.flush()
                attempts.labels(node, outcome).inc()
                if attempt > 1:
                    retries.labels(node).inc()
                durations.labels(node).observe(seconds)

    def run(input: Any, config: dict[str, Any]) -> dict[str, Any]:
        watch = Watch(config["configurable"]["thread_id"])
        callbacks = config.get("callbacks")
        if callbacks is None:
            callbacks = [watch]
        elif isinstance(callbacks, list):
            callbacks = [*callbacks, watch]
        else:
            callbacks = callbacks.copy()  # others may use this manager too
            callbacks.add_handler(watch, inherit=True)
        return graph.invoke(input, {**config, "callbacks": callbacks})

    return run
