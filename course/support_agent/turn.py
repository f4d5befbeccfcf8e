"""What came of a call at the door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage
from langgraph.types import StateSnapshot


@dataclass(frozen=True)
class Turn:
    """What came of a call: the new replies, and the questions to staff that wait now."""

    replies: list[str]
    waiting: list[dict[str, Any]]


def turn_of(after: StateSnapshot, before: Sequence[AnyMessage]) -> Turn:
    """Return what's new in a thread since `before`."""
    known = {m.id for m in before}
    said = [m for m in after.values.get("messages", []) if isinstance(m, AIMessage) and m.id not in known]
    return Turn([m.text for m in said if m.text], [one.value for one in after.interrupts])


def spoken(state: StateSnapshot) -> list[tuple[str, str]]:
    """Return who said what, without the tools' talk."""
    names = {"human": "customer", "ai": "desk"}
    said: list[AnyMessage] = state.values.get("messages", [])
    return [(names[m.type], m.text) for m in said if m.type in names and m.text]
