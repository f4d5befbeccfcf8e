"""What comes in at the door, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.types import StateSnapshot

MOST_LETTERS, MOST_MESSAGES = 4000, 200
"""What a message, and a thread, may hold: the file keeps each step's whole state."""


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


def admitted(text: str, id: str | None, said: Sequence[AnyMessage]) -> HumanMessage:
    """Return a customer's message, unless it would make a thread grow without end.

    Raises:
        ValueError: says what to do instead. Nothing has been saved.
    """
    if len(text) > MOST_LETTERS:
        raise ValueError(f"a message has at most {MOST_LETTERS} letters, and this one has {len(text)}")
    if len(said) >= MOST_MESSAGES:
        raise ValueError(f"this thread has {len(said)} messages and takes no more: begin another one")
    return HumanMessage(text, id=id)


def signed(answer: object, staff: str) -> dict[str, Any]:
    """Put the name of who answers into the answer: a node that asks again reads it with the answer."""
    return {**answer, "staff": staff} if isinstance(answer, dict) else {"said": answer, "staff": staff}
