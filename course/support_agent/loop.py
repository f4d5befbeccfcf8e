"""The tool loop: the model answers or calls tools, and each call is a task of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from langchain_core.messages import AIMessage, AnyMessage, RemoveMessage, ToolMessage
from langchain_core.tools import BaseTool
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import REMOVE_ALL_MESSAGES
from langgraph.prebuilt import ToolNode
from langgraph.runtime import Runtime
from langgraph.types import Send

from course.support_agent.state import Context, Desk, Update

Next = Callable[[Desk], str]
Builder = StateGraph[Desk, Context, Any, Any]


class Node(Protocol):
    """A node that reads the context."""

    def __call__(self, state: Desk, runtime: Runtime[Context]) -> Update: ...


def open_calls(messages: Sequence[AnyMessage]) -> set[str]:
    """Return the ids of tool calls that have no result."""
    asked = {str(call["id"]) for m in messages if isinstance(m, AIMessage) for call in m.tool_calls}
    return asked - {m.tool_call_id for m in messages if isinstance(m, ToolMessage)}


def unanswered(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """Return the customer's messages that nobody has answered yet."""
    answers = [n for n, m in enumerate(messages) if isinstance(m, AIMessage) and not m.tool_calls]
    return [m for m in messages[answers[-1] + 1 if answers else 0 :] if m.type == "human"]


def admit(state: Desk) -> Update:
    """Give each call that was interrupted a result, in its place: providers refuse a call without one."""
    messages, lost = state["messages"], open_calls(state["messages"])
    if not lost:
        return {}
    told = "This call was interrupted, and its result is unknown. Look before you repeat it."
    whole: list[AnyMessage] = []
    for message in messages:
        whole.append(message)
        calls = message.tool_calls if isinstance(message, AIMessage) else []
        ids = [str(call["id"]) for call in calls if call["id"] in lost]
        whole += [ToolMessage(told, tool_call_id=each, status="error") for each in ids]
    return {"messages": [RemoveMessage(REMOVE_ALL_MESSAGES), *whole]}


def add_loop(
    builder: Builder,
    answer: Node,
    tools: Sequence[BaseTool],
    talk: tuple[Next, list[str]] = (lambda _: "model", ["model"]),
    done: tuple[Next, list[str]] = (lambda _: END, [END]),
) -> Builder:
    """Add the loop. `talk` names who speaks now, `done` what follows an answer, each with all it may name.

    All calls of a message meet in `admit`: an edge chosen behind `tools` would be chosen by each call alone,
    and one that found an order would call the model beside one that has handed over.
    """

    def admitted(state: Desk) -> str:
        return talk[0](state) if unanswered(state["messages"]) else done[0](state)

    def called(state: Desk) -> str | list[Send]:
        last = state["messages"][-1]
        calls = last.tool_calls if isinstance(last, AIMessage) else []
        return [Send("tools", [call]) for call in calls] or done[0](state)

    builder.add_node("admit", admit).add_node("model", answer)
    builder.add_node("tools", ToolNode(tools, handle_tool_errors=True))
    builder.add_edge(START, "admit").add_conditional_edges("admit", admitted, talk[1] + done[1])
    builder.add_edge("tools", "admit")
    return builder.add_conditional_edges("model", called, ["tools", *done[1]])
