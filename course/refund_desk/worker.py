"""Runs the refunds that are due, and takes the reviewers' answers."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Iterator
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphDrained
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import RunControl
from langgraph.types import Command

from course.refund_desk.graph import Refund
from course.refund_desk.watch import log

Desk = CompiledStateGraph[Refund, Any, Any, Any]


def thread_of(refund: str) -> RunnableConfig:
    """Return the config of a refund's thread, whose id is the refund's."""
    return {"configurable": {"thread_id": refund}, "max_concurrency": 8}


def due(graph: Desk, requests: Iterable[Refund]) -> Iterator[tuple[Refund | None, RunnableConfig]]:
    """List what there is to do: pairs of an input and a config."""
    for request in requests:
        config = thread_of(request["id"])
        saved = graph.get_state(config)
        if saved.interrupts:
            continue  # it waits for a person, and would only ask again
        if saved.tasks:
            yield None, config
        elif saved.created_at is None or saved.values["outcome"] == "parked":
            yield request, config


def work(graph: Desk, requests: Iterable[Refund]) -> int:
    """Run what is due, eight at a time, until all is done or SIGTERM comes. Returns the exit status."""
    control = RunControl()

    def stop(*_: object) -> None:
        control.request_drain("SIGTERM")
        os.write(2, b"draining\n")  # not the logger: the line it may just be writing holds its lock

    signal.signal(signal.SIGTERM, stop)
    jobs, began = list(due(graph, requests)), time.perf_counter()
    inputs, configs = [given for given, _ in jobs], [config for _, config in jobs]
    # One bad refund must not take the other seven with it: its exception is returned.
    options: dict[str, Any] = {"return_exceptions": True, "control": control, "durability": "sync"}
    ended: list[Any] = graph.batch(inputs, configs, **options) if jobs else []
    failed = [one for one in ended if isinstance(one, Exception) and not isinstance(one, GraphDrained)]
    rate = round(len(jobs) / (time.perf_counter() - began), 1)
    log.info("worked", jobs=len(jobs), failed=[repr(one) for one in failed], per_second=rate)
    return 1 if failed else 0


def questions(graph: Desk, requests: Iterable[Refund]) -> list[tuple[str, str, Any]]:
    """List what waits for a person: thread, question, and what is asked."""
    saved = [(r["id"], graph.get_state(thread_of(r["id"]))) for r in requests]
    return [(refund, asked.id, asked.value) for refund, state in saved for asked in state.interrupts]


def answer(graph: Desk, refund: str, question: str, word: str) -> int:
    """Answer an open question, and refuse anything else. Returns the exit status."""
    config = thread_of(refund)
    is_open = question in {asked.id for asked in graph.get_state(config).interrupts}
    if not is_open or word not in ("yes", "no"):
        log.warning("refused", thread=refund, question=question, word=word)
        return 1
    graph.invoke(Command(resume={question: word == "yes"}), config, durability="sync")
    return 0
