# says: take the first that begins
# inside another run, the graph's own run has a parent
def observed(
    graph: CompiledStateGraph, log: TextIO, registry: CollectorRegistry
) -> Callable[[Any, dict[str, Any]], dict[str, Any]]:
    """Return a function that invokes `graph` and tells `log` and `registry` of each attempt of a node."""
    from langchain_core.callbacks import BaseCallbackManager

    attempts = Counter("node_attempts", "Attempts of a node", ["node", "outcome"], registry=registry)
    retries = Counter("node_retries", "Attempts after the first", ["node"], registry=registry)
    duration = Histogram("node_seconds", "Seconds of an attempt", ["node"], registry=registry)
    writing = threading.Lock()

    class Observer(BaseCallbackHandler):
        raise_error = True

        def __init__(self, thread: str) -> None:
            self.thread = thread
            self.root: Any = None
            self.counts: dict[str, int] = {}
            self.open: dict[Any, tuple[str, int, float]] = {}
            self.lock = threading.Lock()

        def on_chain_start(
            self,
            serialized: Any,
            inputs: Any,
            *,
            run_id: Any,
            parent_run_id: Any = None,
            metadata: Any = None,
            **_: Any,
        ) -> None:
            if parent_run_id is None:
                self.root = run_id
            elif parent_run_id == self.root and metadata and "langgraph_node" in metadata:
                task_ns = metadata["langgraph_checkpoint_ns"]
                with self.lock:
                    attempt = self.counts[task_ns] = self.counts.get(task_ns, 0) + 1
                self.open[run_id] = (metadata["langgraph_node"], attempt, time.perf_counter())

        def on_chain_end(self, outputs: Any, *, run_id: Any, **_: Any) -> None:
            self.finish(run_id, "ok", None)

        def on_chain_error(self, error: BaseException, *, run_id: Any, **_: Any) -> None:
            if isinstance(error, GraphBubbleUp):
                self.finish(run_id, "interrupt", None)
            else:
                self.finish(run_id, "error", type(error).__name__)

        def finish(self, run_id: Any, outcome: str, error: str | None) -> None:
            if run_id not in self.open:
                return
            node, attempt, begun = self.open.pop(run_id)
            seconds = time.perf_counter() - begun
            line = {"thread": self.thread, "node": node, "attempt": attempt, "outcome": outcome}
            line |= {"error": error, "seconds": seconds}
            with writing:
                log.write(json.dumps(line) + "\n")
                log.flush()
            attempts.labels(node, outcome).inc()
            if attempt > 1:
                retries.labels(node).inc()
            duration.labels(node).observe(seconds)

    def run(input: Any, config: dict[str, Any]) -> dict[str, Any]:
        observer = Observer(config["configurable"]["thread_id"])
        given = config.get("callbacks")
        if isinstance(given, BaseCallbackManager):
            callbacks: Any = given.copy()
            callbacks.add_handler(observer, inherit=True)
        else:
            callbacks = [*(given or []), observer]
        return graph.invoke(input, {**config, "callbacks": callbacks})

    return run
