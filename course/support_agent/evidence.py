"""What the invariants look at: everything that a day at the desk has left behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from langchain_core.messages import AnyMessage, BaseMessage

from course.support_agent.shop import Order, Receipt
from course.support_agent.state import Desk, Entry


@dataclass(frozen=True)
class Sent:
    """One model call: whose conversation it was in, who owned it then, and the input."""

    customer: str
    owner: str
    messages: Sequence[BaseMessage]


@dataclass(frozen=True)
class Evidence:
    """A day at the desk, from outside: the ledger, the threads' states, and what the model was sent."""

    orders: Mapping[str, Order]
    ledger: Sequence[Receipt]
    threads: Mapping[str, Desk]
    owners: Mapping[str, str]
    sent: Sequence[Sent] = ()
    canaries: Mapping[str, str] = field(default_factory=dict[str, str])
    """A text for each customer that only their own conversations may hold."""
    shop_texts: Sequence[str] = ()
    charged_at: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    """For each order the checkpoint where it was charged, as `audit` found it."""

    def entries(self, what: str, order: str) -> Iterator[Entry]:
        """Yield all threads' log lines of a kind for an order."""
        for state in self.threads.values():
            for entry in state.get("log", []):
                if (entry.get("what"), entry.get("order")) == (what, order):
                    yield entry

    def said(self, thread: str) -> list[AnyMessage]:
        """Return a thread's messages."""
        return self.threads[thread].get("messages", [])
