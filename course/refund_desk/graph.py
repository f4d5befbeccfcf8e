"""Takes a request for a refund to its end: paid, rejected, parked, or waiting for a person."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from langgraph.cache.base import BaseCache
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.errors import NodeError
from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import CachePolicy, Command, RetryPolicy, interrupt

from course.refund_desk import outside
from course.refund_desk.watch import watched

Update = dict[str, Any]


class Refund(TypedDict):
    """A request, and what became of it so far."""

    id: str
    customer: str
    order: str
    cents: int
    price: int
    outcome: str  #: decides where the refund goes next
    reason: str
    receipt: str


def validate(state: Refund) -> Update:
    """Refuse what isn't a whole request; a parked one comes again, and loses its old reason."""
    whole = all(state.get(name) for name in ("customer", "order"))
    if type(state.get("cents")) is not int or state["cents"] <= 0 or not whole:
        return {"outcome": "invalid", "reason": "the request is not whole"}
    return {"outcome": "valid", "reason": ""}


def enrich(state: Refund) -> Update:
    """Look up the price. Cached by customer and order, so it returns nothing about this request."""
    return {"price": outside.price(state["order"])}


def judge(state: Refund) -> Update:
    """Compare what is asked for with what was paid."""
    if state["cents"] > state["price"]:
        return {"outcome": "too much", "reason": "more than was paid"}
    return {"outcome": "large" if state["cents"] > 10_000 else "small"}


def review(state: Refund) -> Update:
    """Ask a person. The node begins again at its first line, so no effect precedes the question."""
    asked = {"refund": state["id"], "order": state["order"], "cents": state["cents"]}
    if interrupt(asked):
        return {"outcome": "approved"}
    return {"outcome": "declined", "reason": "a reviewer said no"}


def pay(state: Refund) -> Update:
    """Pay under the refund's own id, which the bank accepts once."""
    receipt = outside.pay(state["id"], state["cents"])
    return {"outcome": "paid", "receipt": receipt}


def reject(state: Refund) -> Update:
    """End a request that won't be paid."""
    return {"outcome": "rejected"}


def park(state: Refund) -> Update:
    """End a run whose request is to come again later."""
    return {"outcome": "parked"}


def without_price(state: Refund, error: NodeError) -> Command[Literal["park", "reject"]]:
    """Say where to continue when the attempts of `enrich` are used up."""
    response = getattr(error.error, "response", None)
    status = getattr(response, "status_code", None)
    reason = f"{type(error.error).__name__}, status {status}"
    update = {"outcome": "no price", "reason": reason}
    return Command(update=update, goto="reject" if status == 404 else "park")


def customer_and_order(state: Refund) -> str:
    """Name everything that decides a price; the key of the cache."""
    return repr((state["customer"], state["order"]))


def by_outcome(state: Refund) -> str:
    """Route by what the last node wrote."""
    return state["outcome"]


RETRY = RetryPolicy(retry_on=outside.busy, max_attempts=3, initial_interval=0.05, jitter=False)
CACHE = CachePolicy(key_func=customer_and_order, ttl=3600)


def build(
    saver: BaseCheckpointSaver[Any], cache: BaseCache[Any] | None
) -> CompiledStateGraph[Refund, Any, Any, Any]:
    """Compile the desk."""
    graph = StateGraph(Refund).set_node_defaults(retry_policy=RETRY)
    for node in (validate, judge, review, pay, reject, park):
        graph.add_node(node.__name__, watched(node))
    options: dict[str, Any] = {"cache_policy": CACHE, "error_handler": without_price}
    graph.add_node("enrich", watched(enrich), **options)
    graph.add_edge(START, "validate").add_edge("enrich", "judge")
    no = dict.fromkeys(("invalid", "too much", "declined"), "reject")
    graph.add_conditional_edges("validate", by_outcome, {"valid": "enrich", **no})
    graph.add_conditional_edges("judge", by_outcome, {"small": "pay", "large": "review", **no})
    graph.add_conditional_edges("review", by_outcome, {"approved": "pay", **no})
    return graph.compile(checkpointer=saver, cache=cache)
