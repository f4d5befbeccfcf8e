"""What a checkpoint is to a test, and which classes its values may have."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """What one task wrote to one channel, saved before the next checkpoint."""

    task_id: str
    channel: str
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One checkpoint of a thread."""

    id: str
    parent_id: str | None
    step: int
    source: str  #: input, loop, update or fork
    metadata: dict[str, Any]
    values: dict[str, Any]  #: channel → value
    writes: tuple[Write, ...]


@cache
def plain_classes() -> frozenset[tuple[str, ...]]:
    """Return the classes of which a value may be, as (module, name).

    They are those that LangGraph's strict serializer builds, less patterns: compiling one of a megabyte takes
    minutes, and no test looks at any.
    """
    from langgraph.checkpoint.serde import _msgpack  # langgraph-checkpoint 4 has the list nowhere else

    ours = {(kind.__module__, kind.__qualname__) for kind in (Row, Write)}
    return frozenset(ours | _msgpack.SAFE_MSGPACK_TYPES - {("re", "compile")})


def import_plain_classes() -> None:
    """Import what values are of: half a second of LangGraph's, which each fork of this process has then."""
    for module, *_ in plain_classes():
        with suppress(ImportError):  # some are of other versions of Python
            import_module(module)
