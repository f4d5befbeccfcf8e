"""Seven shapes that databases of LangGraph's take, as people build them: to be drawn everywhere a timeline is drawn.

    python -m tests.timetravel.shapes DIR

writes one SQLite file for each into DIR, to be looked at with `timetravel FILE`.
"""

from __future__ import annotations

import asyncio
import operator
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypedDict

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.func import entrypoint, task
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Command, Send, interrupt
from pydantic import BaseModel, Field

Drawn = tuple[Any, Any]  #: a graph that has run, and the config of its thread


class Log(TypedDict, total=False):
    log: Annotated[list[Any], operator.add]


def thread(name: str) -> Any:
    return {"configurable": {"thread_id": name}}


def tool_loop(saver: Any) -> Drawn:
    """A model that calls two tools at once, then another, then answers; a second turn follows."""

    def model(state: MessagesState) -> Any:
        asked = sum(isinstance(m, AIMessage) for m in state["messages"])
        calls = {
            0: [
                {"name": "find_order", "args": {"id": "A-17"}, "id": "c1"},
                {"name": "find_policy", "args": {"about": "late"}, "id": "c2"},
            ],
            1: [{"name": "refund", "args": {"id": "A-17", "cents": 3000}, "id": "c3"}],
        }.get(asked, [])
        return {"messages": [AIMessage("" if calls else "Your refund of 30.00 is booked.", tool_calls=calls)]}

    def tools(state: MessagesState) -> Any:
        calls: list[Any] = getattr(state["messages"][-1], "tool_calls", [])
        return {"messages": [ToolMessage(f"{c['name']}: done", tool_call_id=c["id"]) for c in calls]}

    def onward(state: MessagesState) -> str:
        return "tools" if getattr(state["messages"][-1], "tool_calls", []) else END

    builder = StateGraph(MessagesState).add_node("model", model).add_node("tools", tools)
    builder.add_edge(START, "model").add_conditional_edges("model", onward, ["tools", END])
    graph, config = builder.add_edge("tools", "model").compile(checkpointer=saver), thread("tool-loop")
    graph.invoke({"messages": [HumanMessage("Where is A-17? I want my money back.")]}, config)
    graph.invoke({"messages": [HumanMessage("Thank you!")]}, config)
    return graph, config


def subgraphs(saver: Any) -> Drawn:
    """A graph in a graph in a graph."""

    def saying(word: str) -> Callable[[Log], Any]:
        return lambda state: {"log": [word]}

    inmost = StateGraph(Log).add_node("pick", saying("picked")).add_node("pack", saying("packed"))
    inmost.add_edge(START, "pick").add_edge("pick", "pack")
    inner = StateGraph(Log).add_node("warehouse", inmost.compile()).add_node("label", saying("labelled"))
    inner.add_edge(START, "warehouse").add_edge("warehouse", "label")
    outer = StateGraph(Log).add_node("check", saying("checked")).add_node("shipping", inner.compile())
    outer.add_edge(START, "check").add_edge("check", "shipping")
    graph, config = outer.compile(checkpointer=saver), thread("subgraphs")
    graph.invoke({"log": ["in"]}, config)
    return graph, config


def fan_out(saver: Any) -> Drawn:
    """Fifty branches by `Send`, gathered by one node."""
    builder = StateGraph(Log).add_node("price", lambda order: {"log": [order["order"]]})
    builder.add_node("sum_up", lambda state: {"log": [f"{len(state['log'])} priced"]})
    builder.add_conditional_edges(
        START, lambda state: [Send("price", {"order": n}) for n in range(50)], ["price"]
    )
    graph, config = builder.add_edge("price", "sum_up").compile(checkpointer=saver), thread("fan-out")
    graph.invoke({"log": []}, config)
    return graph, config


def functional(saver: Any) -> Drawn:
    """An entrypoint with tasks, called twice: it keeps one thing for the next call, and returns another."""

    @task
    def look_up(order: str) -> str:
        return f"{order}: 30.00"

    @entrypoint(checkpointer=saver)
    def total(orders: list[str], *, previous: Any = None) -> Any:
        found = [look_up(order) for order in orders]
        seen = [*(previous or []), *(one.result() for one in found)]
        return entrypoint.final(value=len(seen), save=seen)

    config = thread("functional")
    total.invoke(["A-17", "A-18"], config)
    total.invoke(["A-19"], config)
    return total, config


def questions(saver: Any) -> Drawn:
    """Two people are asked at the same time; one has answered."""

    def asking(who: str) -> Callable[[Log], Any]:
        return lambda state: {"log": [interrupt({"to": who, "question": "Refund 30.00?"})]}

    builder = StateGraph(Log).add_node("shop", asking("shop")).add_node("finance", asking("finance"))
    builder.add_node("pay", lambda state: {"log": ["paid"]})
    builder.add_edge(START, "shop").add_edge(START, "finance").add_edge(["shop", "finance"], "pay")
    graph, config = builder.compile(checkpointer=saver), thread("questions")
    graph.invoke({"log": []}, config)
    one = next(each for each in graph.get_state(config).interrupts if each.value["to"] == "shop")
    graph.invoke(Command(resume={one.id: "yes"}), config)
    return graph, config


class Address(BaseModel):
    """Somewhere to send a parcel."""

    street: str
    geo: tuple[float, float] | None = None


class Parcel(BaseModel):
    """A state as a stranger may have it: pydantic, nested, with bytes and a picture."""

    messages: Annotated[list[Any], operator.add] = Field(default_factory=list[Any])
    to: Address | None = None
    label: bytes = b""
    tags: frozenset[str] = frozenset()


async def strangers(saver: Any) -> Drawn:
    """Async nodes over pydantic states; a failure, a correction, and a second thread."""

    async def read(state: Parcel) -> Any:
        picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
        await asyncio.sleep(0)
        return {"messages": [HumanMessage([{"type": "text", "text": "What is <b>this</b>?"}, picture])]}

    async def send(state: Parcel) -> Any:
        if not state.to:
            raise ValueError("no address: ask the customer")
        return {"label": b"\x00LABEL\xff", "tags": frozenset({"fragile"}), "messages": [AIMessage("Sent.")]}

    graph = StateGraph(Parcel).add_sequence([read, send]).add_edge(START, "read").compile(checkpointer=saver)

    for name in ("ünïcode/🧵", "strangers"):
        try:
            await graph.ainvoke(Parcel(messages=["hello"]), thread(name))
        except ValueError:
            await graph.aupdate_state(thread(name), {"to": Address(street="Hauptstraße 1", geo=(48.1, 11.6))})
    await graph.ainvoke(None, thread("strangers"))
    return graph, thread("strangers")


SHAPES: dict[str, Callable[[Any], Drawn]] = {
    made.__name__: made for made in (tool_loop, subgraphs, fan_out, functional, questions)
}


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, made in SHAPES.items():
        made(SqliteSaver(sqlite3.connect(folder / f"{name}.db", check_same_thread=False)))
        print(folder / f"{name}.db")
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    async def strange() -> None:
        async with AsyncSqliteSaver.from_conn_string(str(folder / "strangers.db")) as saver:
            await strangers(saver)

    asyncio.run(strange())


if __name__ == "__main__":
    main()
