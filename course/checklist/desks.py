"""Opens support desks to be checked: customers with an order each, and a model by rules."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import cast

from langchain_core.callbacks import Callbacks
from langchain_core.language_models import BaseChatModel

from course.learner.chat_model import ScriptedChatModel
from course.support_agent.audit import audit
from course.support_agent.evidence import Evidence
from course.support_agent.scripted import clerk
from course.support_agent.secrets import Clean, without_secrets
from course.support_agent.sessions import THREADS, Door
from course.support_agent.shop import Order, Shop, SqliteShop
from course.support_agent.state import Desk

PAID = 4000  #: cents for each order


def order_of(customer: str) -> str:
    """Return the number of a customer's only order."""
    return f"1{customer[1:]}"


def asks_back(customer: str, amount: str) -> str:
    """Return the sentence by which a customer asks for money back."""
    return f"I want {amount} back for order {order_of(customer)}, they were brown."


def opened(
    folder: Path,
    customers: Iterable[str] = ("c1", "c2"),
    shop: Shop | None = None,
    watch: Callbacks = None,
    clean: Clean = without_secrets,
    model: BaseChatModel | None = None,
) -> Door:
    """Open a desk over `desk.db` in a folder. Customers are named c and a number."""
    path = folder / "desk.db"
    paid = [
        Order(order=order_of(each), customer=each, item="tulips", paid=PAID, status="sent")
        for each in customers
    ]
    SqliteShop(path).stock(paid)
    door = Door(path, model or ScriptedChatModel(reply=clerk), shop, watch)
    door.clean = clean
    return door


def evidence(door: Door, folder: Path) -> Evidence:
    """Collect what a desk has left behind, for the ten invariants. Each customer uses one thread."""
    shop = SqliteShop(folder / "desk.db")
    owners = {item.key: str(item.value["customer"]) for item in door.store.search(THREADS, limit=10_000)}
    threads = {
        thread: cast(Desk, door.graph.get_state({"configurable": {"thread_id": thread}}).values)
        for thread in owners
    }
    orders = {order_of(who): found for who in owners.values() if (found := shop.find(order_of(who)))}
    ledger = shop.ledger()
    where = {order_of(who): thread for thread, who in owners.items()}
    trails = {
        line["order"]: audit(door.graph, where[line["order"]], line["order"])
        for line in ledger
        if line["order"] in where
    }
    charged = {order: trail.checkpoint for order, trail in trails.items() if trail}
    return Evidence(orders, ledger, threads, owners, charged_at=charged)
