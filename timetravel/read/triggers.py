"""Finds which nodes run next at a raw checkpoint, without the graph.

That is not stored. LangGraph finds out by comparing, for each node, the version of its trigger channel with
the one it has seen, and so do we, for the channels whose names say which node they trigger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from timetravel.model.stored import Stored

INTERNAL = ("branch:", "join:", "start:", "__start__", "__pregel_tasks")
"""How the names of channels begin that carry no state."""

UNNAMED = "a node"
"""Databases before 2025 do not say which node a write came from."""


def packets(stored: Mapping[str, Any]) -> list[str]:
    """The nodes that `Send` objects start, in their order."""
    sends = stored.get("__pregel_tasks")
    return [_send_node(packet) for packet in cast("list[Any]", sends)] if isinstance(sends, list) else []


def triggered(whole: Mapping[str, Any], stored: Mapping[str, Any]) -> Iterator[str]:
    """The nodes whose trigger channel is newer than what they have seen."""
    versions = cast("Mapping[str, Any]", whole.get("channel_versions") or {})
    seen = cast("Mapping[str, Mapping[str, Any]]", whole.get("versions_seen") or {})
    for channel in sorted(stored):
        node = _target(channel, stored[channel])
        if node is not None and _newer(versions.get(channel), seen.get(node, {}).get(channel)):
            yield node


def node_name(path: str, sent: list[str]) -> str:
    """Read a node's name from `~__pregel_pull, load` or, for a Send, `~__pregel_push, 0000000001, …`."""
    parts = path.removeprefix("~").split(", ")
    if parts[0] == "__pregel_pull" and len(parts) > 1:
        return ", ".join(parts[1:])
    if parts[0] == "__pregel_push" and len(parts) > 1:
        if parts[1].isdigit() and int(parts[1]) < len(sent):
            return sent[int(parts[1])]
        if parts[1] == "~__pregel_pull" and len(parts) > 2:
            return f"task of {parts[2]}"
    return UNNAMED


def _send_node(packet: Any) -> str:  # noqa: ANN401 — a Send, stored or alive
    if isinstance(packet, Stored):
        arguments = packet.value
        return str(arguments[0]) if isinstance(arguments, list) and arguments else UNNAMED
    return str(getattr(packet, "node", UNNAMED))


def _target(channel: str, value: Any) -> str | None:  # noqa: ANN401
    """The node that a full trigger channel starts."""
    if channel == "__start__":
        return "__start__"
    if channel.startswith("branch:to:"):
        return channel.removeprefix("branch:to:")
    if channel.startswith("join:"):
        needed, _, node = channel.removeprefix("join:").rpartition(":")
        return node if needed and set(needed.split("+")) == set(cast("list[Any]", value or ())) else None
    return None


def _newer(version: Any, seen: Any) -> bool:  # noqa: ANN401
    try:
        return version is not None and (seen is None or version > seen)
    except TypeError:
        return False
