"""Draws an opened step: what changed and who changed it, tasks, state, config."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from timetravel.draw.difference import diff
from timetravel.draw.markup import entry, escape, pre, tag
from timetravel.model.changes import Change
from timetravel.model.history import History, Step, Task
from timetravel.model.values import brief, clean, full
from timetravel.model.words import brief_error, channel, names

_SHORT = 40  # steps; in a thread of that size even what did not change is shown in full


def whole_state(history: History, step: Step, limit: int) -> str:
    """All channels of a step, folded; empty when there is none."""
    changed = {change.channel for change in step.changes or ()}
    rows = "".join(_channel(history, step, name, name in changed, limit) for name in step.values)
    if not rows:
        return ""
    count = len(step.values)
    title = f"Whole state, {count} channel{'' if count == 1 else 's'}"
    return f"<details><summary>{title}</summary>{rows}</details>"


def _channel(history: History, step: Step, name: str, changed: bool, limit: int) -> str:
    value = step.values[name]
    if changed or (origin := _origin_of(history, step, name)) is step:
        return entry(name, "", pre(full(value, limit)))
    text = brief(value, 240)
    where = f'as in step {origin.step}, <span class="lgtl-no">…{escape(origin.short_id)}</span>'
    whole = full(value, limit) if not text.endswith("…") or len(history.steps) <= _SHORT else text
    return entry(name, where, pre(whole), safe_note=True)


def _origin_of(history: History, step: Step, name: str) -> Step:
    """The step in which a channel got the value that it still has."""
    while True:
        parent = history.parent(step)
        if parent is None or step.changes is None or any(change.channel == name for change in step.changes):
            return step
        step = parent


_PAGE = 600_000  # characters of values on a page: more makes a notebook slow to save and to open
_LEAST, _MOST = 300, 20_000
_LINE = 160  # characters of a write; all of it stands with the step from which its node ran
_OWN = ("source", "step", "parents", "writes", "thread_id", "counters_since_delta_snapshot")
"""Of the metadata, what the row says anyway; the rest is what the application put there, as a user's id."""
_TONES = {"done": "good", "failed": "bad", "waiting": "wait", "not run": ""}


def budget(history: History) -> int:
    """How many characters one value may take, so that the page stays small however long the thread is."""
    values = sum(len(step.values) + len(step.tasks) for _, step in history.walk())
    return min(max(_PAGE // max(values, 1), _LEAST), _MOST)


def body(history: History, step: Step, limit: int) -> str:
    """The opened step."""
    sections = [
        _changes(history, step, limit),
        _written(step),
        _tasks(step, limit),
        whole_state(history, step, limit),
        _origin(history, step),
    ]
    return tag("div", "".join(sections), "lgtl-b")


def _changes(history: History, step: Step, limit: int) -> str:
    if step.source == "input" and step.given is not None:
        title, rows = "Input", _given(step.given, limit)
    elif step.changes is None:
        title, rows = "Its parent is not in this list, so what changed is not known", ""
    elif not step.changes:
        title, rows = "Nothing changed" if step.parent_id else "The state is empty", ""
    else:
        title = f"Changed since {_label(history.parent(step))}" if step.parent_id else "The first state"
        entries = (entry(one.channel, _by(step, one), diff(one, limit)) for one in step.changes)
        rows = "".join(entries)
    return tag("div", tag("div", escape(title), "lgtl-h") + rows)


def _given(given: Any, limit: int) -> str:  # noqa: ANN401 — any input
    if not isinstance(given, Mapping):
        return entry("input", "", pre(full(given, limit)))
    pairs = cast("Mapping[str, Any]", given).items()
    return "".join(entry(str(channel), "", pre(full(value, limit))) for channel, value in pairs)


def _label(step: Step | None) -> str:
    if step is None:
        return "its parent"
    return f"step {step.step}, …{step.short_id}"


def _by(step: Step, change: Change) -> str:
    if step.source == "update":
        return "by update_state"
    return f"by {names(change.writers)}" if change.writers else ""


def _written(step: Step) -> str:
    """Which node wrote what, where the changes above do not say it already."""
    told = {change.channel for change in step.changes or ()}
    if len(step.written) < 2 and all(set(what) == told for _, what in step.written):
        return ""
    rows = (entry(node, "", pre(_writes(what))) for node, what in step.written)
    return tag("div", tag("div", "Written by", "lgtl-h") + "".join(rows))


def _writes(what: Mapping[str, Any]) -> str:
    lines = (f"{clean(channel(name))}: {brief(value, _LINE)}" for name, value in what.items())
    return "\n".join(lines) or "nothing"


def _tasks(step: Step, limit: int) -> str:
    applied = step.source == "input" and step.state == "past" and step.given is not None
    if not step.tasks or applied:  # its one task only wrote the input, which stands above
        return ""
    past, ran = step.state == "past", any(task.finished for task in step.tasks)
    title = "To run from here" if not past else "Then ran" if ran else "Was to run from here"
    tasks = "".join(_task(task, limit, past=past) for task in step.tasks)
    return tag("div", tag("div", title, "lgtl-h") + tasks)


def _task(task: Task, limit: int, *, past: bool) -> str:
    lines: list[str] = []
    if task.error is not None:
        prefix = "a try failed: " if task.finished else ""
        lines.append(pre(prefix + brief_error(task.error)))
    lines += [pre(f"asked: {full(question, limit)}") for question in task.interrupts]
    if task.result:
        lines.append(pre(f"wrote {full(task.result, limit)}"))
    if task.namespace:
        lines.append(tag("div", f"its subgraph: <code>{escape(task.namespace)}</code>", "lgtl-m"))
    words = "left open" if past and task.status == "waiting" else task.status
    status = f'<span class="lgtl-st {_TONES[task.status]}">{words}</span>'
    return entry(task.name, status, "".join(lines), safe_note=True)


def _origin(history: History, step: Step) -> str:
    configurable: Mapping[str, str] = {
        "thread_id": history.thread_id,
        "checkpoint_ns": history.namespace,  # `update_state` needs it, even where it is empty
        "checkpoint_id": step.checkpoint_id,
    }
    config = json.dumps({"configurable": configurable}, ensure_ascii=False)
    told = {name: value for name, value in step.metadata.items() if name not in _OWN}
    more = f"Metadata: <code>{escape(brief(told, 400))}</code>" if told else ""
    saved = f"Saved {escape(step.created_at[:19].replace('T', ' '))} UTC. " if step.created_at else ""
    own = tag("div", f"{saved}Its config: <code>{escape(config)}</code>", "lgtl-m lgtl-cfg")
    return (tag("div", more, "lgtl-m") if more else "") + own
