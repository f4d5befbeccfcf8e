"""Writes the data that the comparison script of a page reads, as JSON in a script tag."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from timetravel.draw.compare_nodes import Node, Table
from timetravel.model.history import History, Step
from timetravel.model.values import clip
from timetravel.model.words import names, stands

_BUDGET = 400_000  # characters of values, each written once
_LEAST = 200  # of one value, however many there are
_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": " ", "\u2029": " "})


def data(history: History) -> Mapping[str, Any]:
    """The history for the script: `nodes`, a row for each step, and the way along each branch.

    Of a step: its checkpoint's id, its parent's row (-1 for none), the node of its state, its name, its
    namespace, and what may be asked for there: "e" an error, "q" a question, "o" an open one, "i" an input.
    """
    table, rows, states = Table(), dict[tuple[str, str], int](), list[int]()
    steps: list[list[Any]] = []
    for index, (own, step) in enumerate(history.walk()):
        above = rows.get((own.namespace, step.parent_id or ""), -1)
        known = above >= 0 and own.parent(step) is not None
        states.append(table.state(step.values, step.changes, states[above] if known else None))
        rows[own.namespace, step.checkpoint_id] = index
        steps.append([step.checkpoint_id, above, states[-1], label(step), own.namespace, _flags(step)])
    return {"nodes": _capped(table.nodes), "steps": steps, "ways": list(_ways(history, rows))}


def _flags(step: Step) -> str:
    failed = any(task.error is not None and not task.finished for task in step.tasks)
    open_ = step.state in ("waiting", "failed") and any(task.status == "waiting" for task in step.tasks)
    told = {"e": failed, "q": bool(step.interrupts), "o": open_, "i": step.source == "input"}
    return "".join(flag for flag, holds in told.items() if holds)


def script_json(value: object) -> str:
    """JSON that is safe inside a script element, on one line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)


def label(step: Step) -> str:
    """A step's name in lists: `step 3, …a1b2c3`."""
    number = "" if step.step is None else f"step {step.step}, ".replace("-", "−")
    return f"{number}…{step.short_id}"


def _ways(history: History, rows: Mapping[tuple[str, str], int]) -> Iterator[tuple[int, str]]:
    """The last row of each branch, and the branch's name."""
    last = {step.branch: step for step in history.steps}
    first = {step.branch: step for step in reversed(history.steps)}
    for branch, end in last.items():
        begin, row = history.parent(first[branch]), rows[history.namespace, end.checkpoint_id]
        parts = [f"{branch + 1}", f"from {label(begin)}" if begin else "", f"to {label(end)}"]
        parts += [names(end.next, 30) and f"next: {names(end.next, 30)}", "" if end.next else stands(end)]
        yield row, clip(" ".join(filter(None, parts)) + (" (head)" if end.head else ""), 110)


def _capped(nodes: list[Node]) -> list[Node]:
    """Cut the longest texts, so that all together keep to the budget."""
    sizes = sorted(_size(node) for node in nodes)
    room, cap = _BUDGET, 0
    for index, size in enumerate(sizes):
        cap = room // (len(sizes) - index)
        if size > cap:
            break
        room -= size
    else:
        return nodes
    cap = max(cap, _LEAST)
    return [_cut(node, cap) for node in nodes]


def _size(node: Node) -> int:
    return len(node) if isinstance(node, str) else len(node.get("c", "")) + len(node.get("t", ""))


def _cut(node: Node, cap: int) -> Node:
    if isinstance(node, str):
        return node if len(node) <= cap else {"c": node[:cap], "n": len(node)}
    if len(node.get("c", "")) > cap:
        return {**node, "c": node["c"][:cap]}
    return {**node, "t": node["t"][:cap] + "…"} if len(node.get("t", "")) > cap else node
