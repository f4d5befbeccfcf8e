"""Reads a raw checkpoint with its writes into a record, without the graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from timetravel.model.history import Record, Task
from timetravel.model.stored import Stored, Unread
from timetravel.read.moments import moment_of
from timetravel.read.triggers import INTERNAL, UNNAMED, node_name, packets, triggered

_GLOBAL = "00000000-0000-0000-0000-000000000000"  # the task id of an answer to any question


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """A row of `checkpoints` with its rows of `writes`, decoded."""

    checkpoint_id: str
    parent_id: str | None
    metadata: Mapping[str, Any]
    checkpoint: Any  #: the checkpoint dict, or `Unread`
    writes: tuple[tuple[str, str, str, Any], ...]  #: task id, task path, channel, value
    namespaces: Mapping[str, str] = field(default_factory=dict[str, str])  #: task id -> subgraph's


def record(raw: Raw) -> Record:
    """Read a checkpoint."""
    whole = cast("Mapping[str, Any]", raw.checkpoint if isinstance(raw.checkpoint, Mapping) else {})
    stored = cast("Mapping[str, Any]", whole.get("channel_values") or {})
    source = str(raw.metadata.get("source", "loop"))
    return Record(
        checkpoint_id=raw.checkpoint_id,
        parent_id=raw.parent_id,
        step=_step(raw.metadata.get("step")),
        source=source,
        created_at=str(whole.get("ts") or moment_of(raw.checkpoint_id)),
        values=dict(_values(raw, stored)),
        tasks=_tasks(raw, whole, stored),
        wrote=_old_writers(raw.metadata),
        given=stored.get("__start__") if source == "input" else None,
        metadata=raw.metadata,
    )


def _step(step: object) -> int | None:
    return step if isinstance(step, int) else None


def _values(raw: Raw, stored: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if isinstance(raw.checkpoint, Unread):
        yield "state", raw.checkpoint
    for channel, value in stored.items():
        # Until 2025 each node left its own name in a channel of that name.
        if not channel.startswith(INTERNAL) and value != channel:
            yield channel, value
    counters = cast("Mapping[str, Any]", raw.metadata.get("counters_since_delta_snapshot") or {})
    for channel in counters:
        if channel not in stored:
            yield channel, Unread("DeltaChannel: not stored here, but as the writes since its last snapshot")


def _old_writers(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    """Metadata held the writes of each node until 2025."""
    writes = metadata.get("writes")
    return cast("Mapping[str, Any]", writes) if isinstance(writes, Mapping) else {}


def _tasks(raw: Raw, whole: Mapping[str, Any], stored: Mapping[str, Any]) -> tuple[Task, ...]:
    """The tasks that left writes, then those that were triggered and left none."""
    sent = packets(stored)
    waiting = [*sent, *triggered(whole, stored)]
    begun = _begun(raw, sent)
    unnamed = [task for task in begun if task.name == UNNAMED]
    if len(unnamed) == len(waiting):  # no other way to tell, and no way to be wrong with one of each
        names = dict(zip((task.id for task in unnamed), waiting, strict=True))
        begun = [replace(task, name=names.get(task.id, task.name)) for task in begun]
    for task in begun:
        if task.name in waiting:
            waiting.remove(task.name)
        elif "__start__" in waiting:  # a functional API workflow starts at its own name
            waiting.remove("__start__")
    return (*begun, *(Task(id="", name=name) for name in waiting))


def _begun(raw: Raw, sent: list[str]) -> list[Task]:
    found: dict[str, Task] = {}
    for task_id, path, channel, value in raw.writes:
        if task_id == _GLOBAL or path.startswith("~__interrupt__"):  # what update_state wrote made the child
            continue
        task = found.get(task_id) or Task(
            id=task_id, name=node_name(path, sent), namespace=raw.namespaces.get(task_id)
        )
        found[task_id] = _with_write(task, channel, value)
    return list(found.values())


def _with_write(task: Task, channel: str, value: Any) -> Task:  # noqa: ANN401
    if channel == "__error__":
        return replace(task, error=value if isinstance(value, str) else repr(value))
    if channel == "__interrupt__":
        return replace(task, interrupts=(*task.interrupts, *_questions(value)))
    if channel in ("__resume__", "__scheduled__"):
        return task
    result = dict(task.result or {})
    if channel == "__return__":
        return replace(task, finished=True, result=value)
    if not channel.startswith((*INTERNAL, "__no_writes__")):
        result[channel] = value
    return replace(task, finished=True, result=result)


def _questions(value: Any) -> tuple[Any, ...]:  # noqa: ANN401
    items = cast("list[Any]", value) if isinstance(value, list | tuple) else [value]
    return tuple(_question(item) for item in items)


def _question(item: Any) -> Any:  # noqa: ANN401 — an Interrupt, stored or alive
    if isinstance(item, Stored) and isinstance(item.value, Mapping):
        return cast("Mapping[str, Any]", item.value).get("value")
    return getattr(item, "value", item)
