"""Generates the page of metrics: what both systems declare, and what it means when a number moves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from course.checklist.tracked import MEANS, Tracked, agent, pipeline

SOURCE = Path(__file__).with_name("metrics.md")


def metrics_page() -> str:
    """Print the page."""
    text = SOURCE.read_text("utf-8")
    return text.replace("!agent", _table(agent())).replace("!pipeline", _table(pipeline()))


def _table(metrics: Iterable[Tracked]) -> str:
    return "\n\n".join(_parts(metrics))


def _parts(metrics: Iterable[Tracked]) -> Iterator[str]:
    """Print each metric as a few lines: a table of them would be too narrow on a phone."""
    for metric in metrics:
        labels = "".join(f", `{label}`" for label in metric.labels)
        emitted = f"`{metric.emitted.__name__}` in `{metric.emitted.__module__.rsplit('.', 1)[-1]}.py`"
        yield f"### `{metric.name}`"
        yield f"{metric.says}: {metric.kind}, {metric.unit}{labels}; {emitted}."
        yield MEANS[metric.name]
        if metric.alerts:
            yield "Alert " + ", ".join(metric.alerts) + "."
