"""Runs a day at a desk of the tests, and gathers what it left behind, as the invariants need it."""

from __future__ import annotations

from pathlib import Path

from course.support_agent import memory
from course.support_agent.audit import audit
from course.support_agent.evidence import Evidence, Sent
from course.support_agent.scripted import clerk
from course.support_agent.sessions import THREADS
from tests.support_agent.desks import ORDERS, open_desk

CANARIES = {"ida": "Hill Road 12", "ben": "Sea Road 3"}


class Day:
    """A desk whose model notes what it's sent, and who owned the conversation then."""

    def __init__(self, folder: Path) -> None:
        self.sent: list[Sent] = []
        self.thread = self.customer = ""
        self.door = open_desk(folder, self._model)
        self.answer = self.door.answer

    def say(self, customer: str, thread: str, text: str, id: str | None = None):
        self.customer, self.thread = customer, thread
        return self.door.say(customer, thread, text, id=id)

    def ordinary(self) -> None:
        """Have a day with a bit of everything."""
        for customer, street in CANARIES.items():
            self.say(customer, customer, f"Remember: my street is {street}.")
            self.say(customer, f"{customer}2", "What do you know about me?")
        self.say("ida", "ida", "I want 30.00 back for order 7, the tulips were brown.", "m1")
        self.say("ida", "ida", "I want 30.00 back for order 7, the tulips were brown.", "m1")
        self.answer("mia", "ida", {"order": "7", "approve": True})
        self.say("ben", "ben", "I want 5.00 back for order 8, it was brown.")
        self.say("ben", "ben", "I want to talk to a person.")
        self.say("ben", "ben", "Hello?")
        self.answer("mia", "ben", {"say": "Yes?", "done": True})
        self.say("ben", "ben", "What is your policy on refunds?")

    def evidence(self) -> Evidence:
        owners = {item.key: item.value["customer"] for item in self.door.store.search(THREADS, limit=100)}
        graph, ledger = self.door.graph, self.door.shop.ledger()
        trails = {line["order"]: [audit(graph, t, line["order"]) for t in owners] for line in ledger}
        shop = [
            item for place in ("policies", "instructions") for item in self.door.store.search(("shop", place))
        ]
        return Evidence(
            orders={order["order"]: order for order in ORDERS},
            ledger=ledger,
            threads={thread: graph.get_state(self._config(thread)).values for thread in owners},
            owners=owners,
            sent=self.sent,
            canaries=CANARIES,
            shop_texts=[str(item.value) for item in shop],
            charged_at={order: next((t.checkpoint for t in all if t), None) for order, all in trails.items()},
        )

    def policy(self, text: str) -> None:
        self.door.store.put(memory.SHOP_POLICIES, "refunds", {"text": text})

    def _config(self, thread: str):
        return {"configurable": {"thread_id": thread}}

    def _model(self, messages):
        state = self.door.graph.get_state(self._config(self.thread)).values
        self.sent.append(Sent(self.customer, state.get("owner", "bot"), list(messages)))
        return clerk(messages)
