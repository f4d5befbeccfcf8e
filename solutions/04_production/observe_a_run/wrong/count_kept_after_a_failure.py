# says: yours counts on from what was before
from collections import Counter as Tally


TRIES = Tally()


class Watch(BaseCallbackHandler):
    run_inline = True

    def __init__(self, thread, write):
        self.thread, self.write = thread, write
        self.root, self.open, self.attempts, self.lock = None, {}, Tally(), threading.Lock()

    def on_chain_start(
        self, serialized, inputs, *, run_id, parent_run_id=None, metadata=None, name=None, **more
    ):
        if self.root is None:
            self.root = run_id
            return
        node = (metadata or {}).get("langgraph_node")
        if parent_run_id == self.root and node and name == node:
            with self.lock:
                TRIES[self.thread, node] += 1
                self.open[run_id] = node, TRIES[self.thread, node], time.perf_counter()

    def close(self, run_id, outcome, error=None):
        with self.lock:
            found = self.open.pop(run_id, None)
        if found:
            node, attempt, begun = found
            self.write(self.thread, node, attempt, outcome, error, time.perf_counter() - begun)

    def on_chain_end(self, outputs, *, run_id, **more):
        done = self.open.get(run_id)
        self.close(run_id, "ok")
        if done:
            TRIES.pop((self.thread, done[0]), None)

    def on_chain_error(self, error, *, run_id, **more):
        if isinstance(error, GraphBubbleUp):
            done = self.open.get(run_id)
            self.close(run_id, "interrupt")
            if done:
                TRIES.pop((self.thread, done[0]), None)
        else:
            self.close(run_id, "error", type(error).__name__)


def observed(graph, log, registry):
    attempts = Counter("node_attempts", "Attempts", ["node", "outcome"], registry=registry)
    retries = Counter("node_retries", "Retries", ["node"], registry=registry)
    seconds_ = Histogram("node_seconds", "Seconds", ["node"], registry=registry)
    lock = threading.Lock()

    def write(thread, node, attempt, outcome, error, seconds):
        line = {"thread": thread, "node": node, "attempt": attempt, "outcome": outcome}
        line |= {"error": error, "seconds": seconds}
        with lock:
            print(json.dumps(line), file=log, flush=True)
        attempts.labels(node, outcome).inc()
        seconds_.labels(node).observe(seconds)
        if attempt > 1:
            retries.labels(node).inc()

    def run(input, config):
        watch = Watch(config["configurable"]["thread_id"], write)
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
