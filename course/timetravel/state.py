"""Draws the whole state of a step, so that what did not change is not written out again and again."""

from __future__ import annotations

from course.timetravel.history import History, Step
from course.timetravel.markup import entry, escape, pre
from course.timetravel.values import brief, full

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
