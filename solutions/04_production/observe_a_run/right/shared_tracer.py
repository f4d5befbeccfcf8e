import logging

from langchain_core.tracers.base import BaseTracer


def observed(graph, log, registry):
    """One tracer for all runs, and the standard library's logging, with a formatter that writes JSON."""
    attempts = Counter("node_attempts", "Attempts.", ["node", "outcome"], registry=registry)
    retries = Counter("node_retries", "Retries.", ["node"], registry=registry)
    seconds = Histogram("node_seconds", "Seconds.", ["node"], registry=registry)
    logger = logging.Logger("attempts")
    logger.addHandler(logging.StreamHandler(log))

    class Tracer(BaseTracer):
        run_inline = True

        def _persist_run(self, run):
            """Keep nothing: what there is to tell has been told."""

        def _on_chain_start(self, run):
            run.extra["begun"] = time.monotonic()

        def _on_chain_end(self, run):
            self.told(run, "ok", None)

        def on_chain_error(self, error, **kwargs):
            run = super().on_chain_error(error, **kwargs)
            if isinstance(error, GraphBubbleUp):
                self.told(run, "interrupt", None)
            else:
                self.told(run, "error", type(error).__name__)
            return run

        def told(self, run, outcome, error):
            if not any(tag.startswith("graph:step:") for tag in run.tags or ()):
                return
            about = run.extra["metadata"]
            siblings = self.run_map[str(run.parent_run_id)].child_runs
            same = [
                one
                for one in siblings
                if one.extra["metadata"]["langgraph_checkpoint_ns"] == about["langgraph_checkpoint_ns"]
            ]
            number, took = len(same), time.monotonic() - run.extra["begun"]
            line = {"thread": about["thread_id"], "node": run.name, "attempt": number, "outcome": outcome}
            logger.info(json.dumps({**line, "error": error, "seconds": took}))
            attempts.labels(run.name, outcome).inc()
            retries.labels(run.name).inc(int(number > 1))
            seconds.labels(run.name).observe(took)

    tracer = Tracer()
    return lambda input, config: graph.with_config(callbacks=[tracer]).invoke(input, config)
