"""A stand-in for a model, by rules: it understands a handful of a customer's sentences, and says so.

It's honest about what it is. With COURSE_MODEL set, a real model takes its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from uuid import uuid4

from langchain_core.messages import AIMessage, BaseMessage

Call = tuple[str, dict[str, object]]

UNDERSTOOD = (
    "Where is my order 7?",
    "I want 20.00 back for order 7, the tulips were brown.",
    "What is your policy on refunds?",
    "Remember: my street is Hill Road 12.",
    "What do you know about me?",
    "I want to talk to a person.",
)
_HELP = "I'm a scripted stand-in for a model. I understand sentences like these:\n" + "\n".join(
    f"  {sentence}" for sentence in UNDERSTOOD
)


def clerk(messages: Sequence[BaseMessage]) -> AIMessage:
    """Answer a customer: a rule for `chat_model`."""
    last = messages[-1] if messages else None
    if last is None:
        return AIMessage(_HELP)
    if last.type == "tool":
        return AIMessage(" ".join(_results(messages)))
    calls = [call for rule in _RULES for call in rule(last.text)]
    if not calls:
        return AIMessage(_HELP)
    return AIMessage("", tool_calls=[{"name": name, "args": args, "id": uuid4().hex} for name, args in calls])


def _results(messages: Sequence[BaseMessage]) -> list[str]:
    results = list[str]()
    for message in reversed(messages):
        if message.type != "tool":
            break
        results.insert(0, str(message.text))
    return results


def _refund(text: str) -> list[Call]:
    found = re.search(r"(\d+)\.(\d\d) back for order (\d+)[, ]*(.*)", text, re.IGNORECASE)
    if not found:
        return []
    cents = int(found[1]) * 100 + int(found[2])
    return [("request_refund", {"order": found[3], "cents": cents, "reason": found[4] or "no reason given"})]


def _orders(text: str) -> list[Call]:
    asked = re.search(r"where (?:is|are) my orders? ([\d, and]+)", text, re.IGNORECASE)
    return [("find_order", {"order": number}) for number in re.findall(r"\d+", asked[1])] if asked else []


def _others(text: str) -> list[Call]:
    noted = re.search(r"remember: my (\w+) (?:is|are) (.+?)\.?$", text, re.IGNORECASE)
    calls: list[Call] = [("note", {"subject": noted[1], "fact": noted[2]})] if noted else []
    if re.search(r"know about me", text, re.IGNORECASE):
        calls.append(("recall", {}))
    if re.search(r"policy", text, re.IGNORECASE):
        calls.append(("find_policy", {"question": text}))
    if re.search(r"(a|real) (person|human)", text, re.IGNORECASE):
        calls.append(("hand_over", {"reason": text}))
    return calls


_RULES: tuple[Callable[[str], list[Call]], ...] = (_refund, _orders, _others)
