"""From a line of the ledger back to who asked, who decided, and the checkpoint where it was charged."""

from __future__ import annotations

from dataclasses import dataclass

from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import StateSnapshot

from course.support_agent.state import Context, Desk, Entry


@dataclass(frozen=True)
class Trail:
    """What's known about a refund. `checkpoint` is None when the history has been pruned since."""

    order: str
    cents: int
    request: str
    customer: str
    decided_by: str
    version: int
    checkpoint: str | None


def audit(graph: CompiledStateGraph[Desk, Context], thread: str, order: str) -> Trail | None:
    """Trace a refund by reading. A replay would charge again, and say what's true today.

    The newest state isn't asked: after a fork it may know nothing of the charge, or name somebody else.
    """
    first, known = None, set[str | None]()
    config: RunnableConfig = {"configurable": {"thread_id": thread}}
    for snapshot in graph.get_state_history(config):  # all branches, the newest first
        known.add(_id(snapshot.config))
        if _charged(snapshot, order) is not None:
            first = snapshot
    return None if first is None else _trail(first, order, known)


def _trail(first: StateSnapshot, order: str, known: set[str | None]) -> Trail | None:
    """Read the log of the first checkpoint with the charge, up to it: later requests look the same."""
    lines: list[Entry] = first.values["log"]
    place = _charged(first, order)
    asked, decided = (_last(lines[:place], what, order) for what in ("requested", "decided"))
    if place is None or not asked or not decided:
        return None
    return Trail(
        order=order,
        cents=lines[place].get("cents", 0),
        request=asked.get("request", ""),
        customer=asked["by"],
        decided_by=decided["by"],
        version=asked.get("version", 0),
        checkpoint=_id(first.config) if _id(first.parent_config) in known else None,
    )


def _charged(snapshot: StateSnapshot, order: str) -> int | None:
    """Return the place of an order's charge in a checkpoint's log."""
    lines: list[Entry] = snapshot.values.get("log", [])
    kinds = [(entry["what"], entry.get("order")) for entry in lines]
    return kinds.index(("charged", order)) if ("charged", order) in kinds else None


def _last(lines: list[Entry], what: str, order: str) -> Entry | None:
    return next((e for e in reversed(lines) if (e["what"], e.get("order")) == (what, order)), None)


def _id(config: RunnableConfig | None) -> str | None:
    return (config or {}).get("configurable", {}).get("checkpoint_id")
