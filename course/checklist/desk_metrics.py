"""Gives Prometheus what no counter of the agent shows: who waits, how long, and what is broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from course.checklist.desks import evidence
from course.support_agent.invariants import problems
from course.support_agent.sessions import THREADS, Door


class DeskMetrics(Collector):
    """Looks at a desk from outside, each time that Prometheus asks."""

    def __init__(self, door: Door, folder: Path, now: Callable[[], datetime]) -> None:
        self._door, self._folder, self._now = door, folder, now

    def collect(self) -> Iterator[Metric]:
        """Yield the questions that wait for staff, the age of the oldest, and the broken invariants."""
        ages = list(self._ages())
        yield GaugeMetricFamily("desk_waiting", "Threads that wait for staff.", value=len(ages))
        oldest = max(ages, default=0.0)
        yield GaugeMetricFamily("desk_waiting_seconds", "How long the oldest has waited.", value=oldest)
        broken = {line.split()[0] for line in problems(evidence(self._door, self._folder))}
        yield GaugeMetricFamily("desk_broken_invariants", "Invariants that don't hold.", value=len(broken))

    def _ages(self) -> Iterator[float]:
        for item in self._door.store.search(THREADS, limit=10_000):
            state = self._door.graph.get_state({"configurable": {"thread_id": item.key}})
            if state.interrupts and state.created_at:
                yield (self._now() - datetime.fromisoformat(state.created_at)).total_seconds()
