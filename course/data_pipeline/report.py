"""Reports on a night, from its sink alone: whoever worked on it, and however often they were killed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from course.data_pipeline.metrics import Stage, stages
from course.data_pipeline.sink import rows


@dataclass(frozen=True)
class Report:
    """What came out of a night."""

    priced: int
    cents: int
    quarantined: dict[str, int]  #: reason → lines
    stages: dict[str, Stage]

    @property
    def error_rate(self) -> float:
        """The share of calls that failed."""
        calls = sum(stage.calls for stage in self.stages.values())
        return sum(stage.failed for stage in self.stages.values()) / calls if calls else 0.0

    def __str__(self) -> str:
        lines = [f"{self.priced:,} orders priced, {self.cents / 100:,.2f} in all"]
        lines += [f"{count:,} quarantined: {reason}" for reason, count in self.quarantined.items()]
        lines += [
            f"{name}: {stage.calls:,} calls, {stage.failed} failed, "
            f"p50 {stage.p50:.1f} ms, p95 {stage.p95:.1f} ms, p99 {stage.p99:.1f} ms"
            for name, stage in self.stages.items()
        ]
        return "\n".join(lines)


def report(path: str | Path) -> Report:
    """Read a sink's file."""
    priced, total = rows(path, "select count(*), coalesce(sum(cents), 0) from priced")[0]
    reasons = rows(path, "select reason, count(*) from quarantine group by reason order by reason")
    return Report(priced, total, dict(reasons), stages(path))
