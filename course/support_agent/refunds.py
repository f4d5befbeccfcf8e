"""Refunds: the policy is code, a person decides about large ones, and the ledger is charged once an order."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import AIMessage
from langgraph.graph import END
from langgraph.runtime import Runtime
from langgraph.types import RetryPolicy, interrupt

from course.support_agent.log import decided, requested, told
from course.support_agent.loop import Builder
from course.support_agent.policy import LIMIT, problem_of, read_decision
from course.support_agent.shop import Shop
from course.support_agent.state import Context, Decision, Desk, Entry, Update


def add_refunds(builder: Builder, shop: Shop, done: str = END) -> Builder:
    """Add the way of a refund: `check`, `ask_staff`, `charge`, `tell`. After the last one comes `done`."""

    def check(state: Desk, runtime: Runtime[Context]) -> Update:
        refund, at = state["refunds"][0], runtime.context.now
        known = state.get("decision")
        if known and known["call"] == refund["call"]:
            return {}  # decided before a crash, or before the customer wrote again: it stays decided
        log, decision = requested(state, at), None
        problem = problem_of(refund, shop)
        if problem or refund["cents"] <= LIMIT:
            decision = Decision(
                call=refund["call"],
                approve=not problem,
                cents=refund["cents"],
                by="policy",
                why=problem or "",
            )
            log.append(decided(decision, refund["order"], at))
        return {"decision": decision, "log": log}

    def ask_staff(state: Desk, runtime: Runtime[Context]) -> Update:
        refund, problem = state["refunds"][0], ""
        while True:  # a bad answer is asked about again: if the node raised, LangGraph would keep it for ever
            answer: Any = interrupt({"kind": "refund", **refund, "problem": problem})
            decision, problem = read_decision(answer, refund)
            if decision is not None:
                return {
                    "decision": decision,
                    "log": [decided(decision, refund["order"], runtime.context.now)],
                }

    def charge(state: Desk, runtime: Runtime[Context]) -> Update:
        refund, decision = state["refunds"][0], state.get("decision")
        assert decision is not None and decision["approve"], "only an approved refund is charged"
        receipt = shop.refund(f"refund:{refund['order']}", refund["order"], decision["cents"])
        entry = Entry(what="charged", by=decision["by"], at=runtime.context.now, order=refund["order"])
        entry["cents"], entry["receipt"] = receipt["cents"], receipt["receipt"]
        return {"log": [entry]}

    def tell(state: Desk, runtime: Runtime[Context]) -> Update:
        text, entry = told(state, runtime.context.now)
        said = AIMessage(text, name="desk")
        return {"messages": [said], "log": [entry], "refunds": None, "decision": None}

    def more(state: Desk) -> str:
        return "check" if state["refunds"] else done

    builder.add_node("check", check).add_node("ask_staff", ask_staff).add_node("tell", tell)
    builder.add_node(
        "charge", charge, retry_policy=RetryPolicy(retry_on=ConnectionError, initial_interval=0.05)
    )
    builder.add_conditional_edges("check", _by_decision, ["ask_staff", "charge", "tell"])
    builder.add_conditional_edges("ask_staff", _by_decision, ["charge", "tell"])
    builder.add_edge("charge", "tell")
    return builder.add_conditional_edges("tell", more, ["check", done])


def _by_decision(state: Desk) -> str:
    decision = state.get("decision")
    return "ask_staff" if decision is None else "charge" if decision["approve"] else "tell"
