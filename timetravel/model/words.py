"""Describes a step in words, the same for page and terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from timetravel.model.changes import Change
from timetravel.model.history import History, State, Step, Task
from timetravel.model.nest import title
from timetravel.model.values import brief, clip

Tone = Literal["bad", "wait", "note"]

_ITEMS = 9  # of a list that grew; how many more there are is said
_LEAST = 12  # characters that a part of a shared line keeps
_STANDS: Mapping[State, str] = {
    "past": "",
    "finished": "finished",
    "pending": "unfinished",
    "half-committed": "half-committed",
    "waiting": "waiting for an answer",
    "failed": "failed",
}
_ENTRYPOINT: Mapping[str, str] = {"__end__": "returned", "__previous__": "kept"}
"""What the channels of an entrypoint hold: what its call returned, and what the next gets as `previous`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A line under a step that must not be overlooked."""

    tone: Tone
    text: str


def stands(step: Step) -> str:
    """How the end of a branch stands; empty for a step that has successors."""
    return standing(step.state)


def standing(state: State) -> str:
    """A state in words."""
    return _STANDS[state]


def names(nodes: Sequence[str], width: int = 40) -> str:
    """Node names, repeated ones counted: `load, fetch ×3`."""
    counted = Counter(nodes)
    return clip(", ".join(name if n == 1 else f"{name} ×{n}" for name, n in counted.items()), width)


def summary(step: Step, width: int) -> str:
    """What changed, on one line."""
    if step.source == "input" and step.given is not None:
        return _given(step.given, width)
    if step.changes is None:
        return clip("its parent is not in this list", width)
    if not step.changes:
        return clip("same state as its parent" if step.parent_id else "", width)
    return _shared([change_line(change, width) for change in step.changes], width)


def _given(given: Any, width: int) -> str:  # noqa: ANN401 — any input
    if not isinstance(given, Mapping):
        return brief(given, width)
    pairs = cast("Mapping[str, Any]", given).items()
    return _shared([f"{name}: {brief(value, width)}" for name, value in pairs], width)


def _shared(parts: Sequence[str], width: int) -> str:
    """Join parts on one line; where they do not fit, the longest give way first."""
    room = width - 2 * (len(parts) - 1)
    limit = width
    while limit > _LEAST and sum(min(len(part), limit) for part in parts) > room:
        limit -= 1
    return clip(", ".join(clip(part, limit) for part in parts), width)


def channel(name: str) -> str:
    """A channel's name for readers: `returned` and `kept` for what the functional API has no name for."""
    return _ENTRYPOINT.get(name, name)


def change_line(change: Change, width: int) -> str:
    """One channel's change on one line: `x 1 → 2`, `log + 'b'`."""
    name = channel(change.channel)
    room = max(width - len(name) - 3, 8)
    if change.kind == "removed":
        return f"{name} removed"
    if change.kind == "added":
        return f"{name} = {brief(change.after, room)}"
    edit = change.edit
    if edit and edit.added and not edit.removed:
        return f"{name} + {_items(edit.added, room)}"
    if edit and not edit.added:
        return f"{name} − {_items(edit.removed, room)}"
    if edit:
        return f"{name} {len(change.before)} → {len(change.after)} items, from #{edit.at} on"
    if isinstance(change.after, Mapping) and isinstance(change.before, Mapping):
        return f"{name} {{{clip(_keys(change.before, change.after), room)}}}"
    return f"{name} {brief(change.before, room // 2)} → {brief(change.after, room // 2)}"


def _items(items: Sequence[Any], room: int) -> str:
    """Items on one line, with how many are left out: `0, 1, 2 … and 47 more`."""
    shown = [brief(item, room) for item in items[:_ITEMS]]
    for count in range(len(shown), 0, -1):
        left = len(items) - count
        rest = f" … and {left:,} more" if left else ""
        line = ", ".join(shown[:count])
        if len(line) + len(rest) <= room or count == 1:
            return clip(line, max(room - len(rest), _LEAST)) + rest
    return ""


def _keys(before: Any, after: Any) -> str:  # noqa: ANN401
    old, new = cast("Mapping[Any, Any]", before), cast("Mapping[Any, Any]", after)
    parts = [f"{brief(key, 20)}: {brief(value, 24)}" for key, value in new.items() if old.get(key) != value]
    return ", ".join([*parts, *(f"− {brief(key, 20)}" for key in old if key not in new)])


def notes(step: Step) -> tuple[Note, ...]:
    """What must not be overlooked: errors, questions, what is still to run."""
    found = [note for task in step.tasks for note in _task_notes(step, task)]
    if step.state == "half-committed":
        done = names([task.name for task in step.tasks])
        found.append(
            Note(tone="wait", text=f"half-committed: {done} finished, the next checkpoint is missing")
        )
    idle = [task.name for task in step.tasks if task.status == "not run"]
    if idle and step.state != "past":
        found.append(Note(tone="wait" if step.head else "note", text=f"next: {names(idle)}"))
    if step.skipped:
        found.append(Note(tone="note", text=f"{step.skipped + 1} super-steps saved as one checkpoint"))
    return tuple(found)


def _task_notes(step: Step, task: Task) -> list[Note]:
    found: list[Note] = []
    if task.error is not None:
        later = ", then went well" if task.finished else ""
        tone: Tone = "note" if task.finished else "bad"
        found.append(Note(tone=tone, text=f"{task.name} failed{later}: {brief_error(task.error)}"))
    for question in task.interrupts:
        open_ = task.status == "waiting" and step.state != "past"
        verb = "waits for an answer" if open_ else "asked"
        text = f"{task.name} {verb}: {brief(question, 200)}"
        found.append(Note(tone="wait" if open_ else "note", text=text))
    return found


def brief_error(error: str) -> str:
    """An error's repr on one line."""
    return clip(" ".join(error.split()), 300)


def headline(history: History) -> str:
    """The line under the title: how many, how many branches, how it stands."""
    count = len(history.steps)
    parts = [f"{count:,} checkpoint{'' if count == 1 else 's'}"]
    if history.total > count:
        parts[0] = f"{count:,} of {history.total:,} checkpoints"
    if history.cut and history.head and history.head.head:
        parts[0] = f"the newest {parts[0]}"
    if history.branches > 1:
        parts.append(f"{history.branches} branches")
    if history.head:
        at = "" if history.head.step is None else f" at step {history.head.step}"
        parts.append(f"head{at}: {stands(history.head)}")
    return ", ".join(parts)


def rest(history: History) -> str:
    """How to see the older checkpoints that were left out; empty where there are none."""
    if not history.cut or not history.steps:
        return ""
    first = history.steps[0].short_id
    return f"Older ones: in a terminal `--before {first}` or a greater `--limit`, in Python `limit=`."


def subgraph(inner: History) -> str:
    """The line that stands for what a subgraph did in one step: `research: 4 checkpoints, finished`."""
    count = len(inner.steps)
    below = sum(1 for _ in inner.walk()) - count
    deeper = f" and {below:,} below" if below else ""
    end = stands(inner.steps[-1]) if inner.steps else ""
    many = f"{count:,} checkpoint{'' if count == 1 else 's'}{deeper}"
    name = title(inner.namespace).rpartition("|")[2]
    return f"{name}: {many}{f', {end}' if end else ''}"


EMPTY = "It has no checkpoints yet. Run the graph with this thread's config, then draw the timeline again."
