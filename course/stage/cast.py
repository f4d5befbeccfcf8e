"""The flower shop's cast: a scripted clerk who looks up orders, and the tool it calls."""

from __future__ import annotations

import re
from collections.abc import Sequence
from uuid import uuid4

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.tools import tool


@tool
def find_order(order: int) -> str:
    """Look up an order."""
    return f"Order {order}: 20 tulips, sent on Monday, paid by card."


def clerk(messages: Sequence[BaseMessage]) -> str | AIMessage:
    """Call `find_order` for each number in the last message; answer when there are results; greet otherwise.

    A rule for `chat_model`. All calls of a message are made at once, as real models do.
    """
    last = messages[-1] if messages else None
    if last is None or last.type not in ("human", "tool"):
        return "Hello. How can I help?"
    if last.type == "tool":
        return "They were sent on Monday."
    orders = [int(number) for number in re.findall(r"\d+", last.text)]
    calls = [{"name": "find_order", "args": {"order": order}, "id": uuid4().hex} for order in orders]
    return AIMessage("", tool_calls=calls) if calls else "Hello. How can I help?"


def broken(sent: Sequence[BaseMessage]) -> bool:
    """Whether providers would refuse this input: it's empty, or calls and results don't match one to one."""
    calls = [call["id"] for m in sent if isinstance(m, AIMessage) for call in m.tool_calls]
    return not sent or calls != [m.tool_call_id for m in sent if isinstance(m, ToolMessage)]
