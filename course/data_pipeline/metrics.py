"""Measures calls where they are made, inside the node: a stream only tells when a step ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from course.data_pipeline.sink import Sink, rows

Given = TypeVar("Given")
Got = TypeVar("Got")


def measured(
    call: Callable[[Sequence[Given]], Got],
    stage: str,
    sink: Sink,
    clock: Callable[[], float] = time.perf_counter,
) -> Callable[[Sequence[Given]], Got]:
    """Note each call's duration and how it ended: `ok`, or the name of what it raised."""

    def timed(records: Sequence[Given]) -> Got:
        begun, outcome = clock(), "ok"
        try:
            return call(records)
        except BaseException as error:
            outcome = type(error).__name__
            raise
        finally:
            sink.note(stage, (clock() - begun) * 1000, outcome, len(records))

    return timed


@dataclass(frozen=True)
class Stage:
    """What the calls of one stage took, in milliseconds."""

    calls: int
    failed: int
    p50: float
    p95: float
    p99: float


def percentile(sorted_values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of all values don't exceed (nearest rank)."""
    rank = -(-len(sorted_values) * round(share * 100) // 100)
    return sorted_values[max(rank, 1) - 1]


def stages(path: str | Path) -> dict[str, Stage]:
    """Sum up the calls of a sink's file, over all processes that worked on it."""
    found: dict[str, list[tuple[float, str]]] = {}
    for stage, ms, outcome in rows(path, "select stage, ms, outcome from calls order by ms"):
        found.setdefault(stage, []).append((ms, outcome))
    return {stage: _summed(calls) for stage, calls in sorted(found.items())}


def _summed(calls: Sequence[tuple[float, str]]) -> Stage:
    times = [ms for ms, _ in calls]
    failed = sum(outcome != "ok" for _, outcome in calls)
    return Stage(len(calls), failed, *(percentile(times, share) for share in (0.5, 0.95, 0.99)))
