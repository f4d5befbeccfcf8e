"""The lines of the log, and the sentence about a refund: both by code, so that they say what happened."""

from __future__ import annotations

from langchain_core.messages import AIMessage, AnyMessage

from course.support_agent.state import Decision, Desk, Entry


def decided(decision: Decision, order: str, at: str) -> Entry:
    """Return the log's line for a decision."""
    why = f"{'approved' if decision['approve'] else 'refused'} {decision['why']}".strip()
    return Entry(what="decided", order=order, cents=decision["cents"], by=decision["by"], why=why, at=at)


def told(state: Desk, at: str) -> tuple[str, Entry]:
    """Return what the customer is told about the refund that's next, and the log's line for it."""
    order, decision, last = state["refunds"][0]["order"], state.get("decision"), state["log"][-1]
    text = f"We could not refund order {order}: {(decision or {}).get('why') or 'the shop has decided so'}."
    if decision and decision["approve"]:
        paid = f"{last.get('cents', 0) / 100:.2f}"
        text = f"We refunded {paid} for order {order}. Receipt: {last.get('receipt')}."
    return text, Entry(what="told", by="desk", at=at, order=order)


def requested(state: Desk, at: str) -> list[Entry]:
    """Return the log's line for the refund that's next, unless the log has it."""
    refund, log = state["refunds"][0], state["log"]
    request, order = _asked_in(state["messages"], refund["call"]), refund["order"]
    if any((e.get("what"), e.get("request"), e.get("order")) == ("requested", request, order) for e in log):
        return []
    entry = Entry(what="requested", by=refund["customer"], at=at, order=order, cents=refund["cents"])
    entry["why"], entry["request"] = refund["reason"], request
    entry["version"] = state.get("instructions_version", 0)
    return [entry]


def _asked_in(messages: list[AnyMessage], call: str) -> str:
    """Return the id of the customer's message that led to a tool call."""
    asked = ""
    for message in messages:
        if message.type == "human":
            asked = str(message.id)
        if isinstance(message, AIMessage) and call in {each["id"] for each in message.tool_calls}:
            return asked
    return ""
