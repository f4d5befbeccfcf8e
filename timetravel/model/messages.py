"""Recognises chat messages, live or stored, and reads role, text and tool calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from timetravel.model.stored import Stored

_ROLES = {
    "HumanMessage": "human",
    "AIMessage": "ai",
    "SystemMessage": "system",
    "ToolMessage": "tool",
    "FunctionMessage": "function",
    "RemoveMessage": "remove",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A chat message, reduced to what a reader wants of it."""

    role: str
    text: str
    calls: tuple[str, ...] = ()  #: tool calls, as `name(arguments)`


def one_line(message: Message, width: int) -> str:
    """A message on one line: `human: hello`, `ai: let me see → search(query='x')`."""
    text = " ".join(message.text[: width * 4].split())
    calls = f"→ {', '.join(message.calls)}" if message.calls else ""
    return " ".join(filter(None, (f"{message.role}:", text, calls)))


def lines(message: Message, limit: int) -> Iterator[str]:
    """A message over as many lines as its text has, each tool call on one of its own."""
    first, *rest = message.text[: limit + 1].splitlines() or [""]
    yield f"{message.role}: {first}".rstrip()
    yield from (f"  {line}" for line in rest)
    yield from (f"  → {call}" for call in message.calls)


def message_of(value: Any) -> Message | None:  # noqa: ANN401 — any value
    """Read a chat message; None for a value that is none."""
    if isinstance(value, Stored):
        if "messages" not in value.module.split(".") or not isinstance(value.value, Mapping):
            return None
        stored = cast("Mapping[str, Any]", value.value)
        name = value.name.removesuffix("Chunk")
        return _message(str(stored.get("role") or _ROLES.get(name) or name), stored.get)
    if not type(value).__module__.startswith("langchain_core.messages"):
        return None
    if not isinstance(getattr(value, "type", None), str) or not hasattr(value, "content"):
        return None
    known = _ROLES.get(type(value).__name__.removesuffix("Chunk"))
    return _message(str(getattr(value, "role", None) or known or value.type), partial(_read, value))


def _read(message: object, name: str) -> Any:  # noqa: ANN401
    return getattr(message, name, None)


def _message(role: str, read: Callable[[str], Any]) -> Message:
    text = _text(read("content"))
    if role == "remove":
        text = f"message {read('id')}"
    calls = cast("list[Any]", read("tool_calls") or [])
    known = tuple(_call(call) for call in calls if isinstance(call, Mapping))
    return Message(role=role, text=text, calls=known)


def _text(content: Any) -> str:  # noqa: ANN401
    """Content is a text, or a list of texts and typed blocks."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return " ".join(_block(block) for block in cast("list[Any]", content))
    return "" if content is None else repr(content)


def _block(block: Any) -> str:  # noqa: ANN401
    if isinstance(block, Mapping):
        read = cast("Mapping[str, Any]", block)
        return str(read.get("text") or f"[{read.get('type', 'block')}]")
    return str(block)


def _call(call: Mapping[str, Any]) -> str:
    arguments = call.get("args")
    inside = cast("Mapping[str, Any]", arguments).items() if isinstance(arguments, Mapping) else ()
    return f"{call.get('name')}({', '.join(f'{key}={value!r}'[:200] for key, value in inside)})"
