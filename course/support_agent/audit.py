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
    """Trace a refund by reading. A replay would charge again, and say what's true today."""
    config: RunnableConfig = {"configurable": {"thread_id": thread}}
    charged = _line(graph.get_state(config), "charged", order)
    asked, decided = (_line(graph.get_state(config), what, order) for what in ("requested", "decided"))
    if not charged or not asked or not decided:
        return None
    return Trail(
        order=order,
        cents=charged.get("cents", 0),
        request=asked.get("request", ""),
        customer=asked["by"],
        decided_by=decided["by"],
        version=asked.get("version", 0),
        checkpoint=_first_with(graph, config, order),
    )


def _first_with(graph: CompiledStateGraph[Desk, Context], config: RunnableConfig, order: str) -> str | None:
    """Return the oldest checkpoint whose log has the charge, if the one before it is still there."""
    found = None
    for snapshot in graph.get_state_history(config):  # the newest first
        if not _line(snapshot, "charged", order):
            return found
        found = snapshot.config.get("configurable", {}).get("checkpoint_id")
    return None


def _line(snapshot: StateSnapshot, what: str, order: str) -> Entry | None:
    """Return the log's last line of a kind for an order: an earlier refusal is not what was charged."""
    lines: list[Entry] = snapshot.values.get("log", [])
    return next((e for e in reversed(lines) if (e.get("what"), e.get("order")) == (what, order)), None)
