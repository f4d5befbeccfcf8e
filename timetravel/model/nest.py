"""Nests the histories of subgraphs under the steps that ran them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from timetravel.model.history import History, Record, Step
from timetravel.model.tree import build

Records = Mapping[str, Sequence[Record]]
"""The checkpoints of each namespace, oldest first."""

Place = tuple[str, str]
"""A namespace, and the id of a checkpoint in it."""


def nest(
    records: Records,
    *,
    thread_id: str,
    namespace: str = "",
    where: str = "",
    limit: int | None = None,
    total: int = 0,
) -> History:
    """Link the records of a namespace into a history, and hang those of its subgraphs below its steps.

    A subgraph without a step of its own (the step is older than the limit, or was deleted) is left out.
    """
    whole = build(
        records.get(namespace, ()), thread_id=thread_id, namespace=namespace, where=where, limit=limit
    )
    whole = replace(whole, total=total)
    if len(records) < 2:
        return whole
    places = _places(records, thread_id)
    return replace(
        whole, inner={step.checkpoint_id: _inside(namespace, step, places) for step in whole.steps}
    )


def _inside(namespace: str, owner: Step, places: Mapping[Place, list[History]]) -> tuple[History, ...]:
    found: list[History] = []
    for history in places.get((namespace, owner.checkpoint_id), ()):
        steps = tuple(
            replace(step, head=False, on_path=step.on_path and owner.on_path) for step in history.steps
        )
        inner = {step.checkpoint_id: _inside(history.namespace, step, places) for step in steps}
        found.append(replace(history, steps=steps, inner=inner))
    return tuple(found)


def _places(records: Records, thread_id: str) -> Mapping[Place, list[History]]:
    """Where each subgraph hangs; one that remembers its last run hangs at several steps, in parts."""
    tasks = {
        task.id: (namespace, record.checkpoint_id)
        for namespace, some in records.items()
        for record in some
        for task in record.tasks
        if task.id
    }
    places: dict[Place, list[History]] = defaultdict(list)
    for namespace, some in records.items():
        if not namespace:
            continue
        history = build(some, thread_id=thread_id, namespace=namespace)
        parts: dict[Place, list[Step]] = defaultdict(list)
        for step in history.steps:
            place = owner(namespace, step.metadata, records) or tasks.get(namespace.rpartition(":")[2])
            if place is not None and is_below(namespace, place[0]):
                parts[place].append(step)
        for place, steps in parts.items():
            places[place].append(replace(history, steps=tuple(steps)))
    return places


def owner(namespace: str, metadata: Mapping[str, Any], known: Mapping[str, Any]) -> Place | None:
    """The nearest checkpoint above that a subgraph's checkpoint names in its metadata."""
    parents = metadata.get("parents")
    if not isinstance(parents, Mapping):
        return None
    named = cast("Mapping[object, object]", parents).items()
    above = [
        (str(one), str(id_)) for one, id_ in named if str(one) in known and is_below(namespace, str(one))
    ]
    return max(above, key=lambda place: len(place[0]), default=None)


def is_below(namespace: str, other: str) -> bool:
    """Whether a namespace is inside another one."""
    return namespace != other and (not other or namespace.startswith(f"{other}|"))


def title(namespace: str) -> str:
    """A namespace for reading: `research|search`, without the ids of the tasks."""
    return "|".join(part.partition(":")[0] for part in namespace.split("|"))
