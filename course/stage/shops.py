"""Sells kettles: nodes that call a `Provider`, and what retry policies make of its answers."""

from __future__ import annotations

import operator
import time
from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Any, TypedDict, cast
from unittest.mock import Mock, patch

import httpx
from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import RetryPolicy

from course.stage.payments import Provider

quick = RetryPolicy(initial_interval=0.01, jitter=False)
"""LangGraph's default policy, with shorter pauses."""


class Order(TypedDict):
    """What was done for an order."""

    log: Annotated[list[str], operator.add]


def thread(name: str) -> RunnableConfig:
    """Return a config with this thread id."""
    return {"configurable": {"thread_id": name}}


def books(page: Iterable[str]) -> dict[str, int]:
    """Count the entries on a page of a provider's books."""
    return dict(sorted(Counter(page).items()))


def until_done(graph: CompiledStateGraph[Order, Any, Any, Any], given: Order | None) -> Order:
    """Run a thread, and continue it with `None` after each failure."""
    try:
        return cast("Order", graph.invoke(given, thread("p")))
    except ConnectionError:
        return until_done(graph, None)


def charging(provider: Provider) -> StateGraph[Order, Any, Any, Any]:
    """Build a shop of one node, which charges 40 euros and has a retry policy."""

    def charge(state: Order) -> Order:
        httpx.post(f"{provider.url}/charge").raise_for_status()
        return {"log": ["charged 40 euros"]}

    graph = StateGraph(Order).add_node(charge, retry_policy=quick)
    return graph.add_edge(START, "charge")


def ask(provider: Provider, what: str) -> None:
    """Ask the provider for something, and raise `ConnectionError` if it refuses."""
    status = httpx.post(f"{provider.url}/{what}").status_code
    if status != 200:
        raise ConnectionError(f"{what} answered {status}")


def asking(provider: Provider, what: str) -> Any:  # noqa: ANN401 — LangGraph's type of a node is private
    """Make a node that asks for something, and notes in the log that it has it."""

    def node(state: Order) -> Order:
        ask(provider, what)
        return {"log": [what]}

    return node


def booking(provider: Provider, handler: Any) -> CompiledStateGraph[Order, Any, Any, Any]:  # noqa: ANN401 — or none
    """Compile a shop that books a courier, and then sends; the courier will refuse three times."""
    provider.plan(courier=[503] * 3)
    options: dict[str, Any] = {"retry_policy": quick, "error_handler": handler}
    graph = StateGraph(Order).add_node("send", asking(provider, "send"))
    graph.add_node("courier", asking(provider, "courier"), **options)
    graph.add_edge(START, "courier").add_edge("courier", "send")
    return graph.compile(checkpointer=InMemorySaver())


def streamed(model: BaseChatModel, fails: int, modes: str | list[str]) -> list[Any]:
    """Stream a node that lets its model answer, and then fails so many times."""

    def node(state: Order, runtime: Runtime) -> None:
        model.invoke("Where is my refund?")
        assert runtime.execution_info
        if runtime.execution_info.node_attempt <= fails:
            raise ConnectionError

    graph = StateGraph(Order).add_node("n", node, retry_policy=quick).add_edge(START, "n")
    compiled: Any = graph.compile(checkpointer=InMemorySaver())
    return list(compiled.stream({"log": []}, thread("s"), stream_mode=modes))


def attempts(provider: Provider, client: Any, said: int | str) -> str:  # noqa: ANN401 — a module: requests or httpx
    """Say how often a node with the default policy asks when each answer is the same, and what it raises."""

    def node(state: Order) -> Order:
        answer = client.post(f"{provider.url}/price", timeout=0.6)
        answer.raise_for_status()
        return {"log": [answer.json()]}

    provider.plan(price=[said] * 3)
    graph = StateGraph(Order).add_node("n", node, retry_policy=quick).add_edge(START, "n").compile()
    try:
        graph.invoke({"log": []})
    except Exception as problem:
        return f"{len(provider.asked)} calls  {type(problem).__name__}"
    return f"{len(provider.asked)} calls"


def pauses(policy: RetryPolicy) -> list[float]:
    """List the pauses, in seconds, between the attempts of a node that always fails, without waiting."""
    slept: list[float] = []

    def node(state: Order) -> Order:
        raise ConnectionError

    graph = StateGraph(Order).add_node("n", node, retry_policy=policy).add_edge(START, "n").compile()
    with patch("langgraph.pregel._retry.time", Mock(wraps=time, sleep=slept.append)):
        try:
            graph.invoke({"log": []})
        except ConnectionError:
            return slept
    return slept
