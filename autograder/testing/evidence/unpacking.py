"""Unpacks a checkpoint value written by learners in a process that may come to harm.

LangGraph's own serializer builds the objects, strictly: only of classes that it knows to be safe. Before, it
is made sure that the stack will do: objects that hold objects are unpacked by a call within a call.
"""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

DEEPEST = 8  #: objects in one another; some hundred take more stack than there is
KINDS = ("msgpack", "null", "bytes", "bytearray")  #: that savers write; `json`, of old, could choose classes


def unpacked(kind: str, blob: bytes) -> Any:  # noqa: ANN401 — any value of a channel
    """Return a value.

    Raises:
        ValueError: it is of no kind that LangGraph writes, or not whole.
    """
    with _no_collection():
        if kind not in KINDS or (kind == "msgpack" and _is_deep(blob)):
            raise ValueError("a value in it is of no kind that LangGraph writes")
        return _serializer().loads_typed((kind, blob))


@contextmanager
def _no_collection() -> Generator[None]:
    """Keep the collector away: it would look again and again through the millions that a blob may hold."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _is_deep(blob: bytes) -> bool:
    """Whether objects hold objects to a depth that would take more stack than there is.

    One level is unpacked at a time: what an object holds is left packed until the next.
    """
    import ormsgpack

    packed = [blob]
    for _ in range(DEEPEST):
        held: list[bytes] = []

        def keep(_: int, data: bytes, held: list[bytes] = held) -> None:
            held.append(data)

        for data in packed:
            ormsgpack.unpackb(data, ext_hook=keep, option=ormsgpack.OPT_NON_STR_KEYS)
        if not held:
            return False
        packed = held
    return True


@cache
def _serializer() -> JsonPlusSerializer:
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

    return JsonPlusSerializer(allowed_msgpack_modules=None)
