# says: observe the same seconds
def observed(
    graph: CompiledStateGraph, log: TextIO, registry: CollectorRegistry
) -> Callable[[Any, dict[str, Any]], dict[str, Any]]:
    """Return a function that invokes `graph` and tells `log` and `registry` of each attempt of a node."""
    attempts = Counter("node_attempts", "Attempts of nodes.", ["node", "outcome"], registry=registry)
    retries = Counter("node_retries", "Attempts after the first.", ["node"], registry=registry)
    seconds = Histogram("node_seconds", "How long an attempt took.", ["node"], registry=registry)
    lock = threading.Lock()

    class Attempts(BaseCallbackHandler):
        """Watches one run: each attempt of a node is a chain of its own, and its parent is the graph's."""

        def __init__(self) -> None:
            self.graph: Any = None  # the run id of the graph itself
            self.made: dict[str, int] = {}  # task → attempts
            self.begun: dict[Any, tuple[dict[str, Any], float]] = {}

        def on_chain_start(self, serialized, inputs, *, run_id, parent_run_id=None, metadata=None, **kwargs):
            if self.graph is None:
                self.graph = run_id  # the first chain of all
            if parent_run_id != self.graph:
                return
            with lock:
                node = metadata["langgraph_node"]
                task_of = metadata["langgraph_checkpoint_ns"]  # the same for all attempts of a task
                self.made[task_of] = number = self.made.get(task_of, 0) + 1
                line = {"thread": metadata["thread_id"], "node": node, "attempt": number}
                self.begun[run_id] = line, time.perf_counter()

        def on_chain_end(self, outputs, *, run_id, **kwargs):
            self.note(run_id, "ok")

        def on_chain_error(self, error, *, run_id, **kwargs):
            if isinstance(error, GraphBubbleUp):  # how an interrupt leaves its node
                self.note(run_id, "interrupt")
            else:
                self.note(run_id, "error", type(error).__name__)

        def note(self, run_id: Any, outcome: str, error: str | None = None) -> None:
            with lock:
                line, begun = self.begun.pop(run_id, (None, 0.0))
                if line is None:
                    return
                took = time.perf_counter() - begun
                print(
                    json.dumps({**line, "outcome": outcome, "error": error, "seconds": round(took, 2)}),
                    file=log,
                    flush=True,
                )
            attempts.labels(line["node"], outcome).inc()
            retries.labels(line["node"]).inc(line["attempt"] > 1)
            seconds.labels(line["node"]).observe(took)

    def run(input: Any, config: dict[str, Any]) -> dict[str, Any]:
        return graph.with_config(callbacks=[Attempts()]).invoke(input, config)

    return run
