"""Looks up addresses through one node that may be cached, and counts how often the node really ran."""

from __future__ import annotations

from typing import Any, TypedDict

from langgraph.cache.base import BaseCache
from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import CachePolicy

_calls: list[int] = []


class Lookup(TypedDict, total=False):
    """A request: who asks for which order, and the address that was found."""

    customer: str
    order: int
    request_id: int
    address: str


def look_up(state: Lookup) -> Lookup:
    """Call the order service, which gives the address of whoever asks."""
    _calls.append(state.get("order", 0))
    return {"address": f"{state.get('customer')}'s address"}


def build(
    policy: CachePolicy[Any] | None, cache: BaseCache[Any] | None
) -> CompiledStateGraph[Lookup, Any, Any, Any]:
    """Compile the one node with this cache policy and this cache."""
    builder = StateGraph(Lookup).add_node(look_up, cache_policy=policy)
    return builder.add_edge(START, "look_up").compile(cache=cache)


def requests_from(graph: CompiledStateGraph[Lookup, Any, Any, Any], *customers: str) -> str:
    """Let customers ask for order 7, one by one; say how many calls that took, and what the last one sees."""
    before, seen = len(_calls), ""
    for number, customer in enumerate(customers):
        request: Lookup = {"customer": customer, "order": 7, "request_id": number}
        seen = graph.invoke(request)["address"]
    return f"{len(_calls) - before} calls, {customers[-1]} sees {seen}"
