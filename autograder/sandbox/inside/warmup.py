"""Warms up LangGraph before the first fork, so that no submission pays for first use.

A first run of a graph costs 15 ms more than the next, and a first traceback 30 ms: imports, caches, compiled
patterns. In a child, each submission would pay that.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any

from autograder.sandbox.inside.probe import run_probe
from autograder.sandbox.inside.shell import Shell

_GRAPH = """
def warm():
    import asyncio, json, operator, random, sqlite3, uuid
    from typing import Annotated, Literal, TypedDict

    from langchain_core.messages import AIMessage, HumanMessage
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import END, START, MessagesState, StateGraph
    from langgraph.types import Command, Send, interrupt

    class State(TypedDict):
        notes: Annotated[list, operator.add]
        messages: Annotated[list, operator.add]

    def node(state):
        return {"notes": ["seen"], "messages": [HumanMessage("a"), AIMessage("b")]}

    def run(saver):
        graph = StateGraph(State).add_node("node", node).add_edge(START, "node").compile(checkpointer=saver)
        config = {"configurable": {"thread_id": "t"}}
        graph.invoke({"notes": []}, config)
        graph.get_state(config)
        list(graph.get_state_history(config))
        list(graph.stream({"notes": []}, config, stream_mode="updates"))
        return graph

    run(InMemorySaver())
    with SqliteSaver.from_conn_string(":memory:") as saver:
        run(saver).get_graph().draw_mermaid()

    async def later():
        return await run(InMemorySaver()).ainvoke({"notes": []}, {"configurable": {"thread_id": "u"}})

    asyncio.run(later())
    return None
"""


def warm(preload: Iterable[str]) -> Shell:
    """Import the modules, and return a shell that has run cells, a graph and an error."""
    for module in preload:
        importlib.import_module(module)
    shell = Shell()
    for cell in ("import random\nrandom.random()", "_", "1 / 0"):
        shell.run(cell)
    reply: dict[str, Any] = run_probe(_GRAPH, "warm", {}, {})
    assert reply["kind"] == "value", reply
    shell.reset(new_session=True)
    shell.execution_count = 1
    return shell
