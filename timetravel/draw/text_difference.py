"""Draws how two states differ, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from timetravel.draw.compare_data import label
from timetravel.draw.text import Line
from timetravel.model.changes import compare, list_edit, same
from timetravel.model.history import Step
from timetravel.model.values import brief, clean, repr_of
from timetravel.model.words import channel

_DEPTH = 8
_MOST = 200  # lines of one channel


def difference(one: Step, other: Step, width: int) -> Iterator[Line]:
    """The lines: what A had and B has not with −, what came with +, each with the path to it."""
    yield ((f"From A, {label(one)}, to B, {label(other)}", "bold"),)
    found = compare(one.values, other.values, {})
    if not found:
        yield (("The same state.", ""),)
    for change in found:
        yield ((f"{clean(channel(change.channel))} {change.kind}", "bold"),)
        before = [] if change.kind == "added" else [change.before]
        after = [] if change.kind == "removed" else [change.after]
        pairs = _differ("", before[0], after[0], 0) if before and after else _lone(before, after)
        for count, (path, sign, value) in enumerate(pairs):
            if count == _MOST:
                yield (("  … and more", "dim"),)
                break
            place = f"{clean(path)} " if path else ""
            text = brief(value, max(width - len(place) - 4, 20))
            yield ((f"  {sign} ", _TONES[sign]), (place, "dim"), (text, _TONES[sign]))


_TONES = {"−": "red", "+": "green"}


def _lone(before: list[Any], after: list[Any]) -> Iterator[tuple[str, str, Any]]:
    yield from (("", "−", value) for value in before)
    yield from (("", "+", value) for value in after)


def _differ(path: str, old: Any, new: Any, depth: int) -> Iterator[tuple[str, str, Any]]:  # noqa: ANN401
    if same(old, new):
        return
    if type(old) is list and type(new) is list and depth < _DEPTH:
        yield from _items(path, cast("list[Any]", old), cast("list[Any]", new), depth)
    elif type(old) is dict and type(new) is dict and depth < _DEPTH:
        yield from _named(path, cast("dict[Any, Any]", old), cast("dict[Any, Any]", new), depth)
    else:
        yield from ((path, "−", old), (path, "+", new))


def _items(path: str, old: list[Any], new: list[Any], depth: int) -> Iterator[tuple[str, str, Any]]:
    edit = list_edit(old, new)
    if len(edit.removed) == len(edit.added):
        for index, pair in enumerate(zip(edit.removed, edit.added, strict=True), edit.at):
            yield from _differ(f"{path}[{index}]", *pair, depth + 1)
        return
    yield from ((f"{path}[{index}]", "−", item) for index, item in enumerate(edit.removed, edit.at))
    yield from ((f"{path}[{index}]", "+", item) for index, item in enumerate(edit.added, edit.at))


def _named(
    path: str, old: Mapping[Any, Any], new: Mapping[Any, Any], depth: int
) -> Iterator[tuple[str, str, Any]]:
    for key, value in new.items():
        place = f"{path}[{repr_of(key)}]"
        yield from _differ(place, old[key], value, depth + 1) if key in old else [(place, "+", value)]
    yield from ((f"{path}[{repr_of(key)}]", "−", value) for key, value in old.items() if key not in new)
