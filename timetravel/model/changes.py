"""Compares two states channel by channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEdit:
    """A list with a run of items replaced: `removed` gave way to `added` at index `at`."""

    at: int
    removed: Sequence[Any]
    added: Sequence[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One channel that differs from the parent checkpoint."""

    channel: str
    kind: Literal["added", "changed", "removed"]
    before: Any = None
    after: Any = None
    edit: ListEdit | None = None  #: for a list that is still a list, the smallest edit
    writers: tuple[str, ...] = ()  #: the nodes whose writes named this channel


def compare(
    before: Mapping[str, Any], after: Mapping[str, Any], writers: Mapping[str, tuple[str, ...]]
) -> tuple[Change, ...]:
    """List the channels that differ, in the order of the newer state, removed ones last."""
    found: list[Change] = []
    for channel, value in after.items():
        by = writers.get(channel, ())
        if channel not in before:
            found.append(Change(channel=channel, kind="added", after=value, writers=by))
        elif (change := _changed(channel, before[channel], value, by)) is not None:
            found.append(change)
    gone = [channel for channel in before if channel not in after]
    return (*found, *(Change(channel=name, kind="removed", before=before[name]) for name in gone))


def _changed(channel: str, old: Any, new: Any, writers: tuple[str, ...]) -> Change | None:  # noqa: ANN401
    edit = None
    if isinstance(old, list) and isinstance(new, list):  # one pass: comparing long lists is what costs
        edit = list_edit(cast("list[Any]", old), cast("list[Any]", new))
        if not edit.removed and not edit.added:
            return None
    elif same(old, new):
        return None
    return Change(channel=channel, kind="changed", before=old, after=new, edit=edit, writers=writers)


def list_edit(before: list[Any], after: list[Any]) -> ListEdit:
    """The smallest run of items to replace that makes one list of the other."""
    shorter = min(len(before), len(after))
    start = next((i for i in range(shorter) if not same(before[i], after[i])), shorter)
    rest = shorter - start
    end = next((i for i in range(rest) if not same(before[-1 - i], after[-1 - i])), rest)
    stop = len(before) - end, len(after) - end
    return ListEdit(at=start, removed=before[start : stop[0]], added=after[start : stop[1]])


def same(one: Any, other: Any) -> bool:  # noqa: ANN401 — values of any graph
    """Compare two stored values: types count, so [1] is not [True]; what cannot be compared is its repr."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    try:
        return bool(one == other) and _alike(one, other)
    except Exception:  # arrays answer with an array; a learner's __eq__ may raise
        return repr_of(one) == repr_of(other)


def _alike(one: Any, other: Any) -> bool:  # noqa: ANN401 — values of any graph
    """Tell whether two values that are equal have equal types, all the way down."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, list | tuple):
        return all(map(_alike, cast("Sequence[Any]", one), cast("Sequence[Any]", other)))
    if isinstance(one, dict):
        named, others = cast("dict[Any, Any]", one), cast("dict[Any, Any]", other)
        keys = {key: key for key in others}
        return all(_alike(key, keys[key]) and _alike(value, others[key]) for key, value in named.items())
    return True


def repr_of(value: Any) -> str:  # noqa: ANN401 — values of any graph
    """The value's repr, or its type's name where its repr raises."""
    try:
        return repr(value)
    except Exception as error:
        return f"<{type(value).__name__}: its repr raised {type(error).__name__}>"
