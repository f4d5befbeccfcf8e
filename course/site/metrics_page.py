"""Generates the page of metrics: what both systems declare, and what it means when a number moves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from course.checklist.tracked import MEANS, Tracked, agent, pipeline

SOURCE = Path(__file__).with_name("metrics.md")
_HEAD = "| metric | when it moves | alert |\n|---|---|---|"


def metrics_page() -> str:
    """Print the page."""
    text = SOURCE.read_text("utf-8")
    return text.replace("!agent", _table(agent())).replace("!pipeline", _table(pipeline()))


def _table(metrics: Iterable[Tracked]) -> str:
    return "\n".join([_HEAD, *_rows(metrics)])


def _rows(metrics: Iterable[Tracked]) -> Iterator[str]:
    for metric in metrics:
        labels = "".join(f", `{label}`" for label in metric.labels)
        emitted = f"`{metric.emitted.__name__}` in `{metric.emitted.__module__.rsplit('.', 1)[-1]}.py`"
        about = f"{metric.says}.<br>{metric.kind}, {metric.unit}{labels}<br>{emitted}"
        alert = "<br>".join(metric.alerts) or "–"
        yield f"| **`{metric.name}`**<br>{about} | {MEANS[metric.name]} | {alert} |"
