"""Finds which nodes wrote a checkpoint, from its parent's tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from timetravel.model.history import Record


def writers(record: Record, parent: Record | None) -> tuple[str, ...]:
    """The nodes whose writes made a checkpoint."""
    if record.wrote or record.source != "loop":
        return tuple(record.wrote)
    return tuple(task.name for task in parent.tasks if task.finished) if parent else ()


def written(record: Record, parent: Record | None) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What each of them wrote, before any reducer saw it."""
    if record.source != "loop":
        return
    tasks = [(task.name, task.result) for task in parent.tasks if task.finished] if parent else []
    for node, what in record.wrote.items() if record.wrote else tasks:
        yield node, cast("Mapping[str, Any]", what) if isinstance(what, Mapping) else {}


def channels(parent: Record) -> dict[str, tuple[str, ...]]:
    """Which of a checkpoint's tasks wrote each channel."""
    found: dict[str, tuple[str, ...]] = {}
    for task in parent.tasks:
        if isinstance(task.result, Mapping):
            for channel in cast("Mapping[str, Any]", task.result):
                found[str(channel)] = (*found.get(str(channel), ()), task.name)
    return found
