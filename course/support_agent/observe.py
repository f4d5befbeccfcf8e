"""What each attempt of a node leaves for those who run the desk: a span, a count, and how long it took."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langgraph.errors import GraphBubbleUp
from opentelemetry import trace
from prometheus_client import CollectorRegistry, Counter, Histogram


class Watch(BaseCallbackHandler):
    """A callback that measures nodes, retries included: a stream shows no retries."""

    run_inline = True  # in the node's own thread

    def __init__(self, registry: CollectorRegistry, tracer: trace.Tracer) -> None:
        labels = ["node", "outcome"]
        self._attempts = Counter("desk_attempts", "Attempts of nodes.", labels, registry=registry)
        self._seconds = Histogram("desk_seconds", "How long an attempt took.", ["node"], registry=registry)
        self._tracer, self._running = tracer, dict[UUID, tuple[str, trace.Span, float]]()

    def on_chain_start(self, serialized: Any, inputs: Any, *, run_id: UUID, **more: Any) -> None:  # noqa: ANN401
        """Begin a span, if it's a node. The inputs stay here: spans are read by many people."""
        about, name = more.get("metadata") or {}, more.get("name")
        if name and about.get("langgraph_node") == name:
            facts = {"thread": str(about.get("thread_id")), "step": int(about["langgraph_step"])}
            span = self._tracer.start_span(name, attributes=facts)
            self._running[run_id] = (name, span, time.perf_counter())

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **_: Any) -> None:  # noqa: ANN401
        """End it well."""
        self._ended(run_id, "ok")

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:  # noqa: ANN401
        """End it with an error. An interrupt is an exception too, and no error: somebody is asked."""
        self._ended(run_id, "interrupt" if isinstance(error, GraphBubbleUp) else "error")

    def _ended(self, run_id: UUID, outcome: str) -> None:
        if run_id in self._running:
            name, span, began = self._running.pop(run_id)
            span.set_attribute("outcome", outcome)
            if outcome == "error":
                span.set_status(trace.StatusCode.ERROR)
            span.end()
            self._attempts.labels(name, outcome).inc()
            self._seconds.labels(name).observe(time.perf_counter() - began)
