from langchain_core.runnables import Runnable
from langgraph.config import get_config
from langgraph.runtime import get_runtime


def observed(graph, log, registry):
    """No callbacks: a copy of the graph, each node in a wrapper, and LangGraph's own count of the attempts."""
    attempts = Counter("node_attempts", "Attempts.", ["node", "outcome"], registry=registry)
    retries = Counter("node_retries", "Retries.", ["node"], registry=registry)
    seconds = Histogram("node_seconds", "Seconds.", ["node"], registry=registry)

    class Watched(Runnable):
        def __init__(self, name, inner):
            self.name, self.inner = name, inner

        def invoke(self, input, config=None, **kwargs):
            begun, outcome, error = time.perf_counter(), "ok", None
            try:
                return self.inner.invoke(input, config, **kwargs)
            except GraphBubbleUp:
                outcome = "interrupt"
                raise
            except Exception as raised:
                outcome, error = "error", type(raised).__name__
                raise
            finally:
                took, number = time.perf_counter() - begun, get_runtime().execution_info.node_attempt
                thread = get_config()["configurable"]["thread_id"]
                line = {"thread": thread, "node": self.name, "attempt": number}
                line |= {"outcome": outcome, "error": error, "seconds": took}
                log.write(f"{json.dumps(line)}\n")  # in one piece, as nodes run in parallel
                log.flush()
                attempts.labels(self.name, outcome).inc()
                if number > 1:
                    retries.labels(self.name).inc()
                seconds.labels(self.name).observe(took)

    nodes = {
        name: node if name == START else node.copy({"bound": Watched(name, node.bound)})
        for name, node in graph.nodes.items()
    }
    return graph.copy({"nodes": nodes}).invoke
