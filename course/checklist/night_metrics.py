"""Gives the figures of a night to Prometheus: read from its sink, so that a restart or a kill loses none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from course.data_pipeline.report import report


class NightMetrics(Collector):
    """Reads a sink's file each time that Prometheus asks."""

    def __init__(self, sink: Path) -> None:
        self._sink = sink

    def collect(self) -> Iterator[Metric]:
        """Yield each figure of the night's report."""
        night = report(self._sink)
        yield CounterMetricFamily("night_priced", "Orders priced.", value=night.priced)
        yield CounterMetricFamily("night_cents", "What the priced orders cost.", value=night.cents)
        bad = CounterMetricFamily("night_quarantined", "Lines set aside.", labels=["reason"])
        for reason, lines in night.quarantined.items():
            bad.add_metric([reason], lines)
        yield bad
        calls = CounterMetricFamily("night_calls", "Calls of a stage, retries included.", labels=["stage"])
        failed = CounterMetricFamily("night_failed", "Those of them that failed.", labels=["stage"])
        took = GaugeMetricFamily("night_seconds", "What a call took.", labels=["stage", "quantile"])
        for name, stage in night.stages.items():
            calls.add_metric([name], stage.calls)
            failed.add_metric([name], stage.failed)
            for share, ms in (("0.5", stage.p50), ("0.95", stage.p95), ("0.99", stage.p99)):
                took.add_metric([name, share], ms / 1000)
        yield from (calls, failed, took)
        yield GaugeMetricFamily("night_error_rate", "The share of calls that failed.", value=night.error_rate)
