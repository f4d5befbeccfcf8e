"""Invariants I4 to I9: about what is said, remembered, and sent to the model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage
from langchain_core.messages.utils import count_tokens_approximately

from course.stage import broken as refused_input
from course.support_agent.context import BUDGET
from course.support_agent.evidence import Evidence
from course.support_agent.loop import unanswered


def whole_inputs(e: Evidence) -> Iterator[str]:
    """I4: in each model input, every call has one result, right behind it."""
    yield from (f"{s.customer}: the input would be refused" for s in e.sent if refused_input(s.messages))


def kept_apart(e: Evidence) -> Iterator[str]:
    """I5: nothing of one customer is in another's conversation."""
    seen = [(s.customer, _all_of(s.messages)) for s in e.sent]
    seen += [(e.owners[t], _all_of(e.said(t))) for t in e.threads]
    for owner, canary in e.canaries.items():
        yield from (f"{who} sees what {owner} said" for who, text in seen if who != owner and canary in text)


def _all_of(messages: Sequence[BaseMessage]) -> str:
    """Return all that messages hold, as a text. Their own `str` takes half a millisecond for each."""
    return str([(getattr(m, "__dict__", m), getattr(m, "__pydantic_extra__", None)) for m in messages])


def silent_model(e: Evidence) -> Iterator[str]:
    """I6: while a person owns a conversation, the model isn't called in it."""
    yield from (
        f"the model was called in {s.customer}'s, which a person owns" for s in e.sent if s.owner == "human"
    )


def answered_once(e: Evidence) -> Iterator[str]:
    """I7: each message is in its thread once, and answered, unless a person is about to."""
    for thread, state in e.threads.items():
        messages = e.said(thread)
        if unanswered(messages) and state.get("owner") != "human":
            yield f"{thread}: a message has no answer"
        if len({m.id for m in messages}) != len(messages) or _answered_twice(messages):
            yield f"{thread}: a message is there, or answered, twice"


def _answered_twice(messages: Sequence[AnyMessage]) -> bool:
    answers = [m for m in messages if not (isinstance(m, AIMessage) and (m.tool_calls or m.name == "desk"))]
    plain = [isinstance(m, AIMessage) for m in answers]
    return any(one and other for one, other in pairwise(plain))


def shop_speaks(e: Evidence) -> Iterator[str]:
    """I8: no customer's words are among the shop's texts, or in a system message."""
    systems = [m.text for s in e.sent for m in s.messages if m.type == "system"]
    for owner, canary in e.canaries.items():
        if any(canary in text for text in [*e.shop_texts, *systems]):
            yield f"{owner} speaks for the shop"


def bounded(e: Evidence) -> Iterator[str]:
    """I9: no input is above the budget."""
    sizes = [count_tokens_approximately(s.messages) for s in e.sent]
    yield from (f"an input of {size} tokens" for size in sizes if size > BUDGET)
