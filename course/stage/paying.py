"""Charges orders through an agent's tool, with an idempotency key of one of four kinds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

import httpx
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.tools import tool
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.prebuilt import ToolNode, ToolRuntime, tools_condition

from course.stage.shops import quick


def key(kind: str, runtime: ToolRuntime[Any, Any]) -> str:
    """Return what names a charge: a new uuid, LangGraph's id of the task, or the model's id of the call."""
    assert runtime.execution_info
    named = {
        "uuid": str(uuid4()),
        "task": runtime.execution_info.task_id,
        "call": runtime.tool_call_id,
    }
    return named.get(kind) or ""


def agent(
    saver: BaseCheckpointSaver[Any],
    model: BaseChatModel,
    url: str,
    kind: str,
    after: Callable[[], None] = lambda: None,
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Compile a model that calls `charge` and answers; `after` runs when the charge is made."""

    @tool
    def charge(order: int, runtime: ToolRuntime[Any, Any]) -> str:
        """Charge the customer for an order."""
        header = key(kind, runtime)
        headers = {"Idempotency-Key": header} if header else {}
        httpx.post(f"{url}/charge", headers=headers).raise_for_status()
        after()
        return "Charged 40 euros."

    def think(state: MessagesState) -> dict[str, Any]:
        answer = model.bind_tools([charge]).invoke(state["messages"])
        return {"messages": [answer]}

    graph = StateGraph(MessagesState).add_node("model", think)
    graph.add_node("tools", ToolNode([charge]), retry_policy=quick)
    graph.add_edge(START, "model").add_edge("tools", "model")
    graph.add_conditional_edges("model", tools_condition)
    return graph.compile(checkpointer=saver)


def cashier(messages: Sequence[BaseMessage]) -> str | AIMessage:
    """Call `charge` for order 4711, then say that it's paid: a rule for `chat_model`."""
    if messages[-1].type == "tool":
        return "Paid, thank you."
    call = {"name": "charge", "args": {"order": 4711}, "id": uuid4().hex}
    return AIMessage("", tool_calls=[call])
