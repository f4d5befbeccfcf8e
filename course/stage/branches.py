"""Starts many branches of one graph at once, and shows how many of them run together."""

from __future__ import annotations

import operator
from threading import Barrier, BrokenBarrierError
from typing import Annotated, Any, TypedDict

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Send


class Batch(TypedDict):
    """How many branches to start, and what each of them returned."""

    size: int
    met: Annotated[list[bool], operator.add]


def build(
    node: Any,  # noqa: ANN401 — LangGraph's type of a node is private
    saver: BaseCheckpointSaver[Any] | None = None,
) -> CompiledStateGraph[Batch, Any, Any, Any]:
    """Compile a graph that runs `node` in `size` branches at once, one `Send` for each."""

    def start(state: Batch) -> list[Send]:
        return [Send("call", number) for number in range(state["size"])]

    builder = StateGraph(Batch).add_node("call", node)
    return builder.add_conditional_edges(START, start, ["call"]).compile(checkpointer=saver)


def met(together: int, size: int, config: RunnableConfig) -> list[bool]:
    """Run `size` branches; each says whether it ever ran with `together - 1` others at the same moment.

    They wait for each other at a barrier, which gives up after a second.
    """
    barrier = Barrier(together, timeout=1)

    def meet(_: int) -> dict[str, list[bool]]:
        try:
            barrier.wait()
        except BrokenBarrierError:  # not as many came together
            return {"met": [False]}
        return {"met": [True]}

    return build(meet).invoke({"size": size, "met": []}, config)["met"]
