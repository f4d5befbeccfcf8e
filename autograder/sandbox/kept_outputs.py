"""Bounds what the trusted side keeps of a cell's reply: the process that ran it isn't believed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

ALL_OUTPUTS = 8  #: a whole submission may put out so many times what one cell may
_PART = 64  #: what a value takes in memory, about, beside its characters
_TEXT = 20_000


def outputs_within(outputs: list[Any], room: int) -> tuple[list[dict[str, Any]], int]:
    """Return the first outputs that fit into `room` (bytes of memory, about), and what they take."""
    kept: list[dict[str, Any]] = []
    taken = 0
    for output in outputs:
        size = _size(output)
        if taken + size > room:
            text = "[output cut: there was more than the grader keeps]\n"
            kept.append({"output_type": "stream", "name": "stderr", "text": text})
            break
        kept.append(output)
        taken += size
    return kept, taken


def failure_within(failure: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the description of an exception with each text cut; `inside.probe.describe` makes it."""
    if failure is None:
        return None
    texts = {name: str(failure.get(name, ""))[:_TEXT] for name in ("error", "message", "traceback")}
    return {**texts, **{name: failure.get(name) is True for name in ("in_cell", "unwritten")}}


def _size(value: object) -> int:
    match value:
        case str():
            return _PART + len(value)
        case dict():
            pairs = cast("dict[str, object]", value).items()
            return _PART + sum(_size(key) + _size(item) for key, item in pairs)
        case list():
            return _PART + sum(map(_size, cast("list[object]", value)))
        case _:
            return _PART
