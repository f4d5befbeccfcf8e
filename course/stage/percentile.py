"""Percentiles as a Prometheus server guesses them from a histogram's buckets."""

from __future__ import annotations

import math
from collections.abc import Iterable

from prometheus_client import Histogram

EDGES = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


def measured(durations: Iterable[float], edges: Iterable[float] = EDGES) -> Histogram:
    """Return a histogram that observed these seconds, in no registry."""
    histogram = Histogram("seconds", "", registry=None, buckets=tuple(edges))
    for duration in durations:
        histogram.observe(duration)
    return histogram


def quantile(q: float, *histograms: Histogram) -> float:
    """Return what PromQL's `histogram_quantile` says of the sum of histograms that observed something."""
    buckets = [
        [sample for sample in next(iter(one.collect())).samples if sample.name.endswith("_bucket")]
        for one in histograms
    ]
    together = zip(*buckets, strict=True)
    counts = [(float(same[0].labels["le"]), sum(sample.value for sample in same)) for same in together]
    rank = q * counts[-1][1]
    at = next(number for number, (_, count) in enumerate(counts) if count >= rank)
    (low, below), (edge, count) = ((0.0, 0.0), *counts)[at : at + 2]
    return low if edge == math.inf else low + (edge - low) * (rank - below) / (count - below)
