"""Writes a history as JSON values, for `course timeline --json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from timetravel.model.history import History, Step, Task
from timetravel.model.messages import message_of
from timetravel.model.stored import Stored
from timetravel.model.values import full

_DEPTH = 40


def history_json(history: History) -> dict[str, Any]:
    """The history; values that JSON does not know are written as text."""
    return {
        "thread_id": history.thread_id,
        "checkpoint_ns": history.namespace,
        "head": history.head.checkpoint_id if history.head else None,
        "steps": [_step(history, step) for step in history.steps],
    }


def _step(history: History, step: Step) -> dict[str, Any]:
    return {
        "checkpoint_id": step.checkpoint_id,
        "parent_id": step.parent_id,
        "step": step.step,
        "source": step.source,
        "created_at": step.created_at,
        "nodes": list(step.nodes),
        "written": [{"node": node, "channels": plain(what)} for node, what in step.written],
        "next": list(step.next),
        "state": step.state,
        "branch": step.branch,
        "on_path": step.on_path,
        "changed": None if step.changes is None else [change.channel for change in step.changes],
        "tasks": [_task(task) for task in step.tasks],
        "metadata": plain(step.metadata),
        "values": plain(step.values),
        "subgraphs": [history_json(inner) for inner in history.inner.get(step.checkpoint_id, ())],
    }


def _task(task: Task) -> dict[str, Any]:
    return {
        "name": task.name,
        "status": task.status,
        "error": task.error,
        "interrupts": [plain(question) for question in task.interrupts],
        "wrote": plain(task.result),
    }


def plain(value: Any, depth: int = 0) -> Any:  # noqa: ANN401 — any value
    """A value as JSON knows it."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else repr(value)
    if depth > _DEPTH:
        return "…"
    if (message := message_of(value)) is not None:
        return {"role": message.role, "text": message.text, "tool_calls": list(message.calls)}
    if isinstance(value, Mapping):
        return {str(key): plain(item, depth + 1) for key, item in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [plain(item, depth + 1) for item in cast("list[Any]", value)]
    if isinstance(value, Stored):
        return {"type": value.name, "value": plain(value.value, depth + 1)}
    return full(value)
