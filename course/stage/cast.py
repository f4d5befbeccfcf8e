"""The cast of the lessons: two scripted clerks, and the tools that one of them calls."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.prebuilt import ToolRuntime


@tool
def find_order(order: int) -> str:
    """Look up an order."""
    return f"Order {order}: 20 tulips, sent on Monday, paid by card."


@tool
def remember(text: str, runtime: ToolRuntime[Any, Any]) -> str:
    """Note what the customer asks you to remember."""
    if runtime.store is None:
        raise ValueError("`remember` needs a store: pass `store=` to `create_agent` or `compile`")
    runtime.store.put(("tool",), text, {})
    return "Noted."


def clerk(messages: Sequence[BaseMessage]) -> str | AIMessage:
    """Call `find_order` for each number in the last message; answer when there are results; greet otherwise.

    A message that begins with "Remember" is passed to `remember` instead.

    A rule for `chat_model`. All calls of a message are made at once, as real models do.
    """
    last = messages[-1] if messages else None
    if last is None or last.type not in ("human", "tool"):
        return "Hello. How can I help?"
    if last.type == "tool":
        return "They were sent on Monday." if last.name != "remember" else "I'll remember that."
    if last.text.startswith("Remember"):
        call = {"name": "remember", "args": {"text": last.text}, "id": uuid4().hex}
        return AIMessage("", tool_calls=[call])
    orders = [int(number) for number in re.findall(r"\d+", last.text)]
    calls = [{"name": "find_order", "args": {"order": order}, "id": uuid4().hex} for order in orders]
    return AIMessage("", tool_calls=calls) if calls else "Hello. How can I help?"


def order_clerk(messages: Sequence[BaseMessage]) -> str:
    """Name the last order number in the messages, or ask for one: the answer shows what the clerk was sent.

    A rule for `chat_model`.
    """
    orders = re.findall(r"order (\d+)", " ".join(m.text for m in messages))
    return f"You told me about order {orders[-1]}." if orders else "Which order do you mean?"


def broken(sent: Sequence[BaseMessage]) -> bool:
    """Whether providers would refuse this input: it's empty, or calls and results don't match one to one."""
    calls = [call["id"] for m in sent if isinstance(m, AIMessage) for call in m.tool_calls]
    return not sent or calls != [m.tool_call_id for m in sent if isinstance(m, ToolMessage)]
