"""The flower shop of lesson 06: it notes an address, has a courier send flowers, and replies."""

from __future__ import annotations

import operator
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from langgraph.graph import START, MessagesState, StateGraph

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

LEDGER = Path("ledger.txt")


class Order(MessagesState):
    """The conversation, the address that was understood, and what was sent."""

    address: str
    sent: Annotated[list[str], operator.add]


def courier(parcel: str) -> None:
    """Send a parcel: the world outside, a file that only gets longer."""
    with LEDGER.open("a") as file:
        print(parcel, file=file)


def parcels() -> list[str]:
    """Return what the courier has sent."""
    return LEDGER.read_text().splitlines() if LEDGER.exists() else []


def note(state: Order) -> dict[str, Any]:
    """Take the address in the last message, if there is one."""
    found = re.findall(r"\d+ \w+ (?:Road|Lane)", state["messages"][-1].text)
    return {"address": found[-1]} if found else {}


def deliver(state: Order) -> dict[str, Any]:
    """Have the courier send what the last message asks for."""
    if not (wish := re.search(r"send (\w+)", state["messages"][-1].text)):
        return {}
    parcel = f"{wish[1]} to {state['address']}"
    courier(parcel)
    return {"sent": [parcel]}


def clerk(messages: Sequence[BaseMessage]) -> str:
    """Answer as the shop does: a rule for `chat_model`."""
    return "They are on their way." if "send" in messages[-1].text else "I see."


def build(saver: BaseCheckpointSaver[Any], model: BaseChatModel) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Compile the shop: note, deliver, reply."""

    def reply(state: Order) -> dict[str, Any]:
        return {"messages": [model.invoke(state["messages"])]}

    graph = StateGraph(Order).add_sequence([note, deliver, reply]).add_edge(START, "note")
    return graph.compile(checkpointer=saver)
