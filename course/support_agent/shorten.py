"""Cuts long texts in what the model is sent: a huge result must not put a thread over the budget for ever."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage
from langchain_core.messages.utils import count_tokens_approximately

MOST_CALLS = 12
"""Calls in one message of the model. Their results have to fit into one input, at least by their heads."""
CUT = " … (cut)"


def shortened(messages: Sequence[AnyMessage], budget: int) -> list[AnyMessage]:
    """Return messages that fit into a budget of tokens: each text, and each argument, is cut at one length.

    No message and no call is left out, since a provider refuses a call without its result.
    """
    kept, length = list(messages), 4 * budget
    while count_tokens_approximately(kept) > budget and length:
        length //= 2
        kept = [_cut_message(message, length) for message in messages]
    return kept


def few_calls(said: AIMessage) -> AIMessage:
    """Return what the model said, or an apology if it made more calls than one input can hold results of."""
    if len(said.tool_calls) <= MOST_CALLS:
        return said
    return AIMessage("That's more than I can look up at once. Please ask for less at a time.", id=said.id)


def _cut_message(message: AnyMessage, length: int) -> AnyMessage:
    changed: dict[str, Any] = {}
    if len(message.text) > length or not isinstance(message.content, str):
        changed["content"] = _cut(message.text, length)
    if isinstance(message, AIMessage):
        changed["tool_calls"] = [
            {**call, "args": _cut_args(call["args"], length)} for call in message.tool_calls
        ]
    return message.model_copy(update=changed)


def _cut_args(args: dict[str, Any], length: int) -> dict[str, Any]:
    fits = {name: len(str(value)) <= length for name, value in args.items()}
    return {name: args[name] if fits[name] else _cut(str(args[name]), length) for name in args if length}


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[:length] + CUT * (length > len(CUT))
