# says: each of these counts from 1
class Watch(BaseCallbackHandler):
    def __init__(self, tell):
        self.tell, self.root, self.running, self.reached = tell, None, {}, {}
        self.lock = threading.Lock()

    def on_chain_start(self, serialized, inputs, *, run_id, parent_run_id=None, metadata=None, **more):
        with self.lock:
            if self.root is None:
                self.root = run_id
                return
            if parent_run_id != self.root or "langgraph_node" not in (metadata or {}):
                return
            place = (metadata["langgraph_node"], metadata["langgraph_step"])
            attempt = self.reached[place] = self.reached.get(place, 0) + 1
            self.running[run_id] = (metadata["langgraph_node"], attempt, time.perf_counter())

    def on_chain_end(self, outputs, *, run_id, **more):
        self.ended(run_id, "ok", None)

    def on_chain_error(self, error, *, run_id, **more):
        if isinstance(error, GraphBubbleUp):
            self.ended(run_id, "interrupt", None)
        else:
            self.ended(run_id, "error", type(error).__name__)

    def ended(self, run_id, outcome, error):
        with self.lock:
            found = self.running.pop(run_id, None)
        if found:
            node, attempt, began = found
            self.tell(node, attempt, outcome, error, time.perf_counter() - began)


def observed(
    graph: CompiledStateGraph, log: TextIO, registry: CollectorRegistry
) -> Callable[[Any, dict[str, Any]], dict[str, Any]]:
    """Return a function that invokes `graph` and tells `log` and `registry` of each attempt of a node."""
    attempts = Counter("node_attempts", "attempts", ["node", "outcome"], registry=registry)
    retries = Counter("node_retries", "attempts after the first", ["node"], registry=registry)
    seconds = Histogram("node_seconds", "seconds of an attempt", ["node"], registry=registry)
    lock = threading.Lock()

    def run(input: Any, config: dict[str, Any]) -> dict[str, Any]:
        def tell(node, attempt, outcome, error, took):
            line = {"thread": config["configurable"]["thread_id"], "node": node, "attempt": attempt}
            line |= {"outcome": outcome, "error": error, "seconds": took}
            with lock:
                log.write(json.dumps(line) + "\n")
                log.flush()
                attempts.labels(node, outcome).inc()
                if attempt > 1:
                    retries.labels(node).inc()
                seconds.labels(node).observe(took)

        watch = Watch(tell)
        given = config.get("callbacks")
        if given is None:
            callbacks = [watch]
        elif isinstance(given, list):
            callbacks = [*given, watch]
        else:
            callbacks = given.copy()
            callbacks.add_handler(watch, inherit=True)
        return graph.invoke(input, {**config, "callbacks": callbacks})

    return run
