"""Offers a channel's value for editing as JSON, and reads the edit back."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, cast

from timetravel.errors import WrongUse


def offered(value: Any) -> str | None:  # noqa: ANN401 — any value
    """The value as JSON text; None where JSON would lose something of it."""
    plain = _outlined(value)
    return json.dumps(plain, ensure_ascii=False, indent=1) if _is_json(plain) else None


def edited(text: str, value: Any, channel: str) -> Any:  # noqa: ANN401 — any value
    """Read an edit of `value` back.

    Raises:
        WrongUse: when the text is no JSON, or no message can be made of an item.
    """
    try:
        found = json.loads(text)
    except ValueError as error:
        raise WrongUse(f"`{channel}` is no JSON: {error}") from error
    if _is_message(value):
        return _messages([found], [value], channel)[0]
    if _are_messages(value):
        if not isinstance(found, list):
            raise WrongUse(f"`{channel}` holds messages: give them as a list, `[{{…}}, {{…}}]`")
        return _messages(cast("list[Any]", found), value, channel)
    return found


def _outlined(value: Any) -> Any:  # noqa: ANN401
    """Messages by what can be edited of them; anything else as it is."""
    if _is_message(value):
        return {"type": value.type, "content": value.content, "id": value.id}
    return [_outlined(message) for message in value] if _are_messages(value) else value


def _is_message(value: Any) -> bool:  # noqa: ANN401
    modules = (base.__module__ for base in type(value).__mro__)
    return any(name.startswith("langchain_core.messages") for name in modules) and hasattr(value, "content")


def _are_messages(value: Any) -> bool:  # noqa: ANN401
    return type(value) is list and bool(value) and all(map(_is_message, cast("list[Any]", value)))


def _messages(items: list[Any], old: list[Any], channel: str) -> list[Any]:
    """A message that keeps its id and type keeps all else but its content, too; any other one is new."""
    known = {(message.id, message.type): message for message in old if message.id}
    found: list[Any] = []
    for item in items:
        if not isinstance(item, dict):
            raise WrongUse(f'`{channel}` holds messages: write each as `{{"type": "human", "content": "…"}}`')
        read = cast("dict[str, Any]", item)
        before = known.get((read.get("id"), read.get("type")))
        if before is not None and "content" in read:
            found.append(before.model_copy(update={"content": read["content"]}))
        else:
            found.append(
                _new_message({name: told for name, told in read.items() if told is not None}, channel)
            )
    return found


def _new_message(read: dict[str, Any], channel: str) -> Any:  # noqa: ANN401
    from langchain_core.messages import convert_to_messages

    try:
        return convert_to_messages([read])[0]
    except Exception as error:
        raise WrongUse(f"`{channel}`: no message can be made of {json.dumps(read)[:80]}: {error}") from error


def _is_json(value: Any) -> bool:  # noqa: ANN401
    """Whether it comes back from JSON as it went: a tuple, a set or an int key would not."""
    if value is None or type(value) in (bool, int, str):
        return True
    if type(value) is float:
        return math.isfinite(value)
    if type(value) is list:
        return all(map(_is_json, cast("list[Any]", value)))
    if type(value) is dict:
        pairs = cast("Mapping[Any, Any]", value).items()
        return all(type(key) is str and _is_json(item) for key, item in pairs)
    return False
