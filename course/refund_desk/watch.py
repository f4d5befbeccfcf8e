"""Records what every attempt of a node leaves behind: a log line, a count, a duration, a span."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog
from langgraph.errors import GraphInterrupt
from langgraph.runtime import ExecutionInfo, Runtime
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
from prometheus_client import Counter, Histogram

attempts = Counter("desk_attempts", "Attempts of nodes.", ["node", "outcome"])
seconds = Histogram("desk_seconds", "How long an attempt took.", ["node"])
tracer = trace.get_tracer("desk")
log = structlog.get_logger()


def set_up() -> None:
    """Write JSON lines to standard output, and spans into the file that DESK_TRACES names, if any."""
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    steps = [structlog.processors.add_log_level, stamp, structlog.processors.JSONRenderer()]
    structlog.configure(processors=steps, logger_factory=structlog.WriteLoggerFactory())
    if path := os.environ.get("DESK_TRACES"):
        file = Path(path).open("a")  # noqa: SIM115 — open as long as the process lives
        exporter = ConsoleSpanExporter(out=file, formatter=lambda span: f"{span.to_json(None)}\n")
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        trace.set_tracer_provider(provider)


@contextmanager
def seen(node: str, info: ExecutionInfo) -> Generator[None]:
    """Record one attempt when it ends, whatever ends it."""
    facts = {"thread": info.thread_id, "node": node, "attempt": info.node_attempt}
    outcome, began = "ok", time.perf_counter()
    # An interrupt is an exception, too, and no failure: the status is set below.
    with tracer.start_as_current_span(node, set_status_on_exception=False) as span:
        try:
            yield
        except Exception as left:
            outcome = "interrupt" if isinstance(left, GraphInterrupt) else "error"
            facts["raised"] = type(left).__name__
            if outcome == "error":
                span.set_status(trace.StatusCode.ERROR)
            raise
        finally:
            took = time.perf_counter() - began
            attempts.labels(node, outcome).inc()
            seconds.labels(node).observe(took)
            span.set_attributes({**facts, "outcome": outcome})
            log.info("attempt", **facts, outcome=outcome, seconds=round(took, 4))


def watched(node: Callable[[Any], Any]) -> Any:  # noqa: ANN401 — LangGraph's type of a node is private
    """Wrap a node, so that each of its attempts is seen."""

    def attempt(state: Any, runtime: Runtime) -> Any:  # noqa: ANN401 — whatever the node takes and returns
        assert runtime.execution_info
        with seen(node.__name__, runtime.execution_info):
            return node(state)

    attempt.__name__ = node.__name__
    return attempt
