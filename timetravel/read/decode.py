"""Decodes what LangGraph's serializer wrote, without building any class.

LangGraph's own serializer imports the classes that a database names, and calls them. A database is data from
anywhere, so here each of them becomes a `Stored`: its name and its arguments, to look at.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

import ormsgpack

from timetravel.model.stored import Stored, Unread

# The extension codes of `langgraph.checkpoint.serde.jsonplus`.
_POSITIONAL, _NAMED, _ARRAY, _SNAPSHOT = (0, 1, 3), (2, 4, 5), 6, 7
_OPTIONS = ormsgpack.OPT_NON_STR_KEYS


def decode(kind: str | None, data: bytes | str | None) -> Any:  # noqa: ANN401 — any value
    """Read one stored value.

    Args:
        kind: the `type` column: "msgpack", "json" (before 2025), "null", "bytes", …
        data: the value's bytes.

    Returns:
        Plain values and `Stored` objects; an `Unread` where there is nothing to show.
    """
    raw = data.encode() if isinstance(data, str) else data or b""
    reader = _READERS.get(kind or "msgpack")
    if reader is None:
        return Unread(_reason(kind or "", len(raw)))
    try:
        return reader(raw)
    except (ValueError, TypeError, RecursionError) as error:
        return Unread(f"damaged {kind} value of {len(raw):,} bytes: {error}")


def _reason(kind: str, size: int) -> str:
    if kind == "pickle":
        return f"pickled value of {size:,} bytes: not opened, since opening it would run code"
    if "+" in kind:
        return f"encrypted ({kind}), {size:,} bytes"
    return f"value of unknown type {kind!r}, {size:,} bytes"


def _msgpack(raw: bytes) -> Any:  # noqa: ANN401
    return ormsgpack.unpackb(raw, ext_hook=_extension, option=_OPTIONS)


def _extension(code: int, data: bytes) -> Any:  # noqa: ANN401
    inner = _msgpack(data)
    if code == _SNAPSHOT:  # DeltaChannel's full value, once in a while
        return inner
    if code == _ARRAY:
        dtype, shape, _, buffer = inner
        return Stored("numpy", "ndarray", {"dtype": dtype, "shape": tuple(shape), "bytes": len(buffer)})
    if code in (*_POSITIONAL, *_NAMED):
        return _plain(Stored(str(inner[0]), str(inner[1]), inner[2]))
    return Unread(f"extension {code}, {len(data):,} bytes")


def _plain(stored: Stored) -> Any:  # noqa: ANN401
    """Sets are Python's own: rebuild them, where their items allow it."""
    if (stored.module, stored.name) in (("builtins", "set"), ("builtins", "frozenset")):
        try:
            return frozenset(stored.value) if stored.name == "frozenset" else set(stored.value)
        except TypeError:
            return stored
    return stored


def _json(raw: bytes) -> Any:  # noqa: ANN401
    return json.loads(raw, object_hook=_constructor)


def _constructor(value: dict[str, Any]) -> Any:  # noqa: ANN401
    """LangChain's envelope `{"lc": 1, "type": "constructor", "id": […, "HumanMessage"], "kwargs": {…}}`."""
    path = value.get("id")
    if "lc" not in value or value.get("type") != "constructor" or not isinstance(path, list) or not path:
        return value
    *module, name = [str(part) for part in cast("list[Any]", path)]
    arguments = value.get("kwargs") or value.get("args") or {}
    return Stored(".".join(module), name, arguments)


_READERS: dict[str, Callable[[bytes], Any]] = {
    "msgpack": _msgpack,
    "json": _json,
    "null": lambda _: None,
    "bytes": bytes,
    "bytearray": bytearray,
}
