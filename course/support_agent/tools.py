"""What the model may do. No tool takes a customer id: it comes from the context."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool, tool
from langgraph.prebuilt import ToolRuntime
from langgraph.types import Command

from course.support_agent import memory
from course.support_agent.shop import Shop
from course.support_agent.state import Context, Entry, Refund

Runtime = ToolRuntime[Context, Any]


def tools_of(shop: Shop) -> list[BaseTool]:
    """Return the six tools of a desk."""

    @tool
    def find_order(order: str, runtime: Runtime) -> str:
        """Look up one of the customer's own orders by its number."""
        found = shop.find(order)
        if found is None or found["customer"] != runtime.context.customer:
            return f"The customer has no order {order}."
        return f"Order {order}: {found['item']}, {found['status']}, {found['paid'] / 100:.2f} paid."

    @tool
    def request_refund(order: str, cents: int, reason: str, runtime: Runtime) -> Command[str]:
        """Ask the shop to pay cents back for one of the customer's orders. The shop decides, not you."""
        customer, call = runtime.context.customer or "", runtime.tool_call_id or ""
        refund = Refund(order=order, cents=cents, reason=reason, customer=customer, call=call)
        told = ToolMessage(f"The shop will look at a refund for order {order}.", tool_call_id=call)
        return Command(update={"refunds": [refund], "messages": [told]})

    @tool
    def hand_over(reason: str, runtime: Runtime) -> Command[str]:
        """Give the conversation to a person, when the customer wants one or you can't help."""
        entry = Entry(what="handed over", by="model", at=runtime.context.now, why=reason)
        told = ToolMessage("A colleague takes over.", tool_call_id=runtime.tool_call_id or "")
        return Command(update={"owner": "human", "log": [entry], "messages": [told]})

    return [find_order, find_policy, recall, note, request_refund, hand_over]


@tool
def find_policy(question: str, runtime: Runtime) -> str:
    """Look up what the shop's rules say about a question."""
    return memory.policy_about(_store(runtime), question)


@tool
def recall(runtime: Runtime) -> str:
    """Look up what this customer has told the shop before."""
    facts = memory.facts_of(_store(runtime), runtime.context.customer)
    return "\n".join(f"{fact['subject']}: {fact['fact']}" for fact in facts) or "Nothing yet."


@tool
def note(subject: str, fact: str, runtime: Runtime) -> str:
    """Remember a fact about this customer. A new fact about the same subject replaces the old one."""
    source = {
        "thread": str(runtime.config.get("configurable", {}).get("thread_id")),
        "at": runtime.context.now,
    }
    memory.note_fact(_store(runtime), runtime.context.customer, subject, fact, source)
    return "Noted."


def _store(runtime: Runtime) -> memory.BaseStore:
    if runtime.store is None:
        raise RuntimeError("the graph was compiled without a store")
    return runtime.store
