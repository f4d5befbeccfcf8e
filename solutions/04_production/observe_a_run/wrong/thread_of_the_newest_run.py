# says: runs came at once
def observed(
    graph: CompiledStateGraph, log: TextIO, registry: CollectorRegistry
) -> Callable[[Any, dict[str, Any]], dict[str, Any]]:
    """Return a function that invokes `graph` and tells `log` and `registry` of each attempt of a node."""

    from collections import Counter as Tally

    from langchain_core.runnables.config import merge_configs

    attempts = Counter("node_attempts", "Attempts of nodes", ["node", "outcome"], registry=registry)
    retries = Counter("node_retries", "Attempts after the first", ["node"], registry=registry)
    durations = Histogram("node_seconds", "How long an attempt took", ["node"], registry=registry)
    writing = threading.Lock()
    nodes = {
        name for name, spec in graph.builder.nodes.items() if not getattr(spec, "is_error_handler", False)
    }

    class Watch(BaseCallbackHandler):
        """Sees one run of the graph. The first chain that starts is the graph itself."""

        run_inline = True

        thread: Any = None

        def __init__(self) -> None:
            self.reached: Tally[Any] = Tally()
            self.running: dict[Any, tuple[str, int, float]] = {}
            self.lock = threading.Lock()

        def on_chain_start(
            self, serialized: Any, inputs: Any, *, run_id: Any, parent_run_id: Any = None, **more: Any
        ) -> None:
            with self.lock:
                name, metadata = more.get("name"), more.get("metadata") or {}
                if name not in nodes or not any(
                    tag.startswith("graph:step:") for tag in more.get("tags") or []
                ):
                    return
                task = parent_run_id, metadata["langgraph_checkpoint_ns"]
                self.reached[task] += 1
                self.running[run_id] = name, self.reached[task], time.perf_counter()

        def on_chain_end(self, outputs: Any, *, run_id: Any, **more: Any) -> None:
            self.ended(run_id, "ok", None)

        def on_chain_error(self, error: BaseException, *, run_id: Any, **more: Any) -> None:
            if isinstance(error, GraphBubbleUp):
                self.ended(run_id, "interrupt", None)
            else:
                self.ended(run_id, "error", type(error).__name__)

        def ended(self, run_id: Any, outcome: str, error: str | None) -> None:
            now = time.perf_counter()
            with self.lock:
                if run_id not in self.running:
                    return
                name, attempt, began = self.running.pop(run_id)
            facts = {
                "thread": self.thread,
                "node": name,
                "attempt": attempt,
                "outcome": outcome,
                "error": error,
            }
            seconds = round(now - began, 6)
            with writing:
                log.write(json.dumps({**facts, "seconds": seconds}) + "\n")
                log.flush()
                attempts.labels(name, outcome).inc()
                if attempt > 1:
                    retries.labels(name).inc()
                durations.labels(name).observe(seconds)

    watch = Watch()

    def run(input: Any, config: dict[str, Any]) -> dict[str, Any]:
        watch.thread = config["configurable"]["thread_id"]
        both = merge_configs({"callbacks": config.get("callbacks")}, {"callbacks": [watch]})
        return graph.invoke(input, {**config, "callbacks": both["callbacks"]})

    return run
