"""What a run of the desk knows: who is asking, which is never saved, and what the thread remembers."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages


@dataclass(frozen=True)
class Context:
    """Which customer is asking, and when. The model can't set it, and no checkpoint has it."""

    customer: str | None = None
    now: str = ""


class Refund(TypedDict):
    """A refund that a customer has asked for. `call` is the id of the tool call that asked."""

    order: str
    cents: int
    reason: str
    customer: str
    call: str


class Decision(TypedDict):
    """What was decided about a refund, and by whom: a member of staff, or `policy`."""

    call: str
    approve: bool
    cents: int
    by: str
    why: str


What = Literal["requested", "decided", "charged", "told", "handed over", "given back"]


class Entry(TypedDict):
    """A line of the thread's log: what happened to which order, who did it, and when."""

    what: What
    by: str
    at: str
    order: NotRequired[str]
    cents: NotRequired[int]
    why: NotRequired[str]
    request: NotRequired[str]
    receipt: NotRequired[str]
    version: NotRequired[int]


def queue(waiting: list[Refund], new: list[Refund] | None) -> list[Refund]:
    """Add refunds at the end; `None` takes the first one away. Two calls in one message are both kept."""
    return waiting[1:] if new is None else [*waiting, *new]


def newest(_old: str, new: str) -> str:
    """Let two tools set the field in one step: without a reducer that's an InvalidUpdateError."""
    return new


class Desk(TypedDict):
    """The state of a conversation."""

    messages: Annotated[list[AnyMessage], add_messages]
    refunds: Annotated[list[Refund], queue]
    owner: NotRequired[Annotated[Literal["bot", "human"], newest]]
    decision: NotRequired[Decision | None]
    instructions_version: NotRequired[int]
    log: Annotated[list[Entry], operator.add]


Update = dict[str, Any]
"""What a node returns: the fields that it changes."""
