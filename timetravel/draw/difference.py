"""Draws the change of one channel: what went and what came, cut to what a page can take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, cast

from timetravel.draw.markup import escape, tag
from timetravel.model.changes import Change, same
from timetravel.model.values import full


def diff(change: Change, limit: int) -> str:
    """The change as lines with − and +."""
    lines: list[str] = []
    size = 0
    signs = list(_signs(change))
    for sign, value in signs:
        if size > limit:
            lines.append(tag("span", f"  … and {len(signs) - len(lines):,} more", "lgtl-x"))
            break
        lines.append(_signed(sign, value, limit))
        size += len(lines[-1])
    return tag("pre", "".join(lines))


def _signs(change: Change) -> Iterator[tuple[Literal["+", "−"], Any]]:
    if change.edit is not None:
        for item in change.edit.removed:
            yield "−", item
        for item in change.edit.added:
            yield "+", item
        return
    if change.kind != "added":
        yield "−", _only_changed(change.before, change.after)
    if change.kind != "removed":
        yield "+", _only_changed(change.after, change.before)


def _only_changed(value: Any, other: Any) -> Any:  # noqa: ANN401
    """Of two dicts, the entries in which they differ."""
    if not (type(value) is dict and type(other) is dict):
        return value
    mine, its = cast("dict[Any, Any]", value), cast("dict[Any, Any]", other)
    return {key: item for key, item in mine.items() if key not in its or not same(item, its[key])}


def _signed(sign: Literal["+", "−"], value: Any, limit: int) -> str:  # noqa: ANN401
    kind = "add" if sign == "+" else "del"
    return tag("span", f"{sign} {escape(full(value, limit))}", f"lgtl-x {kind}")
