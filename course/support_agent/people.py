"""Handing a conversation to a person, and taking it back."""

from __future__ import annotations

from typing import Any, cast

from langchain_core.messages import AIMessage
from langgraph.runtime import Runtime
from langgraph.types import interrupt

from course.support_agent.loop import unanswered
from course.support_agent.state import Context, Desk, Entry, Update


def speaker(state: Desk) -> str:
    """Name the node that answers the customer now. It's saved, so it holds in every process."""
    return "human" if state.get("owner") == "human" else "model"


def human(state: Desk, runtime: Runtime[Context]) -> Update:
    """Wait for a member of staff to answer the customer. `done` gives the next message back to the model."""
    waiting, problem = [str(m.text) for m in unanswered(state["messages"])], ""
    while True:
        answer: Any = interrupt({"kind": "reply", "said": waiting, "problem": problem})
        problem = problem_of(answer, runtime.context.customer)
        if not problem:
            break
    reply = AIMessage(answer["say"], name="staff")
    if not answer.get("done"):
        return {"messages": [reply]}
    entry = Entry(what="given back", by=answer["staff"], at=runtime.context.now)
    return {"messages": [reply], "owner": "bot", "log": [entry]}


def problem_of(answer: Any, customer: str | None) -> str:  # noqa: ANN401 — it's whatever came back
    """Say what's wrong with a reply, or return an empty text."""
    given = cast("dict[str, Any]", answer) if isinstance(answer, dict) else {}
    say, staff = given.get("say"), given.get("staff")
    if not isinstance(staff, str) or not staff.strip() or staff == customer:
        return "only a member of staff replies, and never to themselves"
    if not isinstance(say, str) or not say.strip():
        return 'answer {"say": "…", "done": true}, or false'
    return "" if isinstance(given.get("done", False), bool) else "`done` must be true or false"
