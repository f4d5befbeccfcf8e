"""Stores the values of a thread once each, so that a page can compare any two states.

A node is a text, a list of nodes, or named nodes. Equal values are the same node, so two states differ where
their nodes do. A list or dict that grew out of an earlier one is written as the edit, so that a thread whose
every step appends a message takes room in proportion to its messages, not to their square.

As JSON, `[…]` stands for node numbers:

    "text"                                   a value without parts
    {"c": "start of the text", "n": 90000}   one too long for the page, and how long it is
    {"o": "[", "l": […]}                     a list; after `"f": base`, an edit of it:
                                             from `a` on, `d` items gave way to those of `l`
    {"o": "{", "k": ["x"], "l": […]}         named parts; after `"f": base`, those that differ,
                                             and `x`: those gone; `t`: what is shown in their place
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from timetravel.draw.parts import Parts, items_of, parts_of
from timetravel.model.changes import Change, ListEdit, list_edit, repr_of, same
from timetravel.model.values import clean, full
from timetravel.model.words import channel

Node = str | dict[str, Any]

_TEXT = 20_000  # characters of one value that are ever kept
_DEPTH = 8
_MOST = 20_000  # nodes; what comes after is kept as text


@dataclass(slots=True)
class Table:
    """Collects values. `refs` of a node: a list's items, or what the names of a dict stand for."""

    nodes: list[Node] = field(default_factory=list[Node])
    refs: dict[int, Any] = field(default_factory=dict[int, Any])
    known: dict[Hashable, int] = field(default_factory=dict[Hashable, int])

    def add(self, value: Any, old: Any = None, base: int | None = None, depth: int = 0) -> int:  # noqa: ANN401
        """Write a value down; `old` is what it grew out of, and `base` the node of that."""
        if base is not None and same(old, value):
            return base
        room = depth <= _DEPTH and len(self.nodes) < _MOST
        if room and (items := items_of(value)) is not None:
            opening, before = "[" if isinstance(value, list) else "(", items_of(old)
            if before is not None and base is not None and isinstance(self.refs.get(base), list):
                return self.edited(list_edit(before, items), base, opening, depth)
            return self._list(opening, [self.add(item, depth=depth + 1) for item in items], None, None)
        if room and (parts := parts_of(value, _TEXT)) is not None:
            grown = base is not None and isinstance(self.refs.get(base), dict)
            earlier = parts_of(old, _TEXT) if grown else None
            return self._named(parts, earlier, base, depth)
        return self._text(value)

    def state(self, values: Mapping[str, Any], changes: tuple[Change, ...] | None, base: int | None) -> int:
        """Write a state down, as an edit of its parent's where what changed is known."""
        if base is None or changes is None:
            found = {channel(name): self.add(value) for name, value in values.items()}
            return self._dict("{", found, "", None)
        before: dict[str, int] = self.refs[base]
        there = {channel(name) for name in values}
        found = {name: ref for name, ref in before.items() if name in there}
        for change in changes:
            name = channel(change.channel)
            if change.kind == "added":
                found[name] = self.add(change.after)
            elif change.kind == "changed":
                found[name] = self._changed(change, before[name])
        return self._dict("{", found, "", base)

    def edited(self, edit: ListEdit, base: int, opening: str, depth: int) -> int:
        """Write a list down as an edit of another."""
        before: list[int] = self.refs[base]
        stop = edit.at + len(edit.removed)
        pairs = list(zip(edit.removed, before[edit.at : stop], strict=True))
        pairs += [(None, None)] * (len(edit.added) - len(pairs))
        added = [
            self.add(item, *pair, depth=depth + 1) for item, pair in zip(edit.added, pairs, strict=False)
        ]
        whole = [*before[: edit.at], *added, *before[stop:]]
        return self._list(opening, whole, base, {"a": edit.at, "d": len(edit.removed), "l": added})

    def _changed(self, change: Change, base: int) -> int:
        room = len(self.nodes) < _MOST
        if room and change.edit is not None and isinstance(self.refs.get(base), list):
            return self.edited(change.edit, base, "[", 0)
        return self.add(change.after, change.before, base)

    def _named(self, parts: Parts, earlier: Parts | None, base: int | None, depth: int) -> int:
        if earlier is None or base is None:
            found = {name: self.add(item, depth=depth + 1) for name, item in parts.items.items()}
            return self._dict(parts.opening, found, parts.shown, None)
        before: dict[str, int] = self.refs[base]
        found = {
            name: self.add(item, earlier.items.get(name), before.get(name), depth + 1)
            for name, item in parts.items.items()
        }
        return self._dict(parts.opening, found, parts.shown, base)

    def _list(self, opening: str, refs: list[int], base: int | None, edit: dict[str, Any] | None) -> int:
        node = {"o": opening, "l": refs}
        if edit and len(edit["l"]) + 3 < len(refs):
            node = {"o": opening, "f": base, **edit}
        return self._keep((opening, tuple(refs)), node, refs)

    def _dict(self, opening: str, refs: dict[str, int], shown: str, base: int | None) -> int:
        node: dict[str, Any] = {"o": opening, "k": _clean(refs), "l": list(refs.values())}
        if base is not None:
            before: dict[str, int] = self.refs[base]
            changed = {name: ref for name, ref in refs.items() if before.get(name) != ref}
            if len(changed) + 1 < len(refs):
                gone = _clean(name for name in before if name not in refs)
                node = {"o": opening, "f": base, "k": _clean(changed), "l": list(changed.values()), "x": gone}
        if shown:
            node["t"] = shown
        return self._keep((opening, frozenset(refs.items())), node, refs)

    def _text(self, value: Any) -> int:  # noqa: ANN401
        whole = value if isinstance(value, str) else repr_of(value)
        shown = full(value, _TEXT)
        cut = len(whole) > _TEXT
        node: Node = {"c": shown[:_TEXT], "n": len(whole)} if cut else shown
        return self._keep((type(value).__name__, whole), node, None)

    def _keep(self, key: Hashable, node: Node, refs: Any) -> int:  # noqa: ANN401
        if key not in self.known:
            self.known[key] = len(self.nodes)
            if refs is not None:
                self.refs[len(self.nodes)] = refs
            self.nodes.append(node)
        return self.known[key]


def _clean(names: Iterable[str]) -> list[str]:
    return [clean(name) for name in names]
