"""Runs a night, or goes on with it: after a kill, a deploy, or an error that somebody fixed."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.errors import GraphDrained
from langgraph.graph import StateGraph
from langgraph.runtime import RunControl

from course.data_pipeline.graph import Night

STEPS = 1_000_000  #: super-steps that a night may take; LangGraph's own limit is lower


def run_night(
    builder: StateGraph[Night, Any, Any, Any],
    saver: BaseCheckpointSaver[Any],
    thread_id: str,
    path: str,
    control: RunControl | None = None,
) -> Night | None:
    """Run the night `thread_id` to its end, from wherever it is. `None`: it was asked to stop before that.

    `durability="sync"` saves each chunk before the next one begins, so a kill costs one chunk at most.
    """
    graph = builder.compile(checkpointer=saver)
    config: Any = {"configurable": {"thread_id": thread_id}, "recursion_limit": STEPS}
    saved = graph.get_state(config)
    if saved.created_at and not saved.tasks:
        return cast(Night, saved.values)
    first: Any = None if saved.created_at else {"path": path, "cursor": 0}
    try:
        return cast(Night, graph.invoke(first, config, durability="sync", control=control))
    except GraphDrained:
        return None


@contextmanager
def drained_by_sigterm() -> Generator[RunControl]:
    """Let SIGTERM end a run after its running chunk. Outside the main thread, signals are somebody else's."""
    control = RunControl()
    if threading.current_thread() is not threading.main_thread():
        yield control
        return
    before = signal.signal(signal.SIGTERM, lambda number, frame: control.request_drain("SIGTERM"))
    try:
        yield control
    finally:
        signal.signal(signal.SIGTERM, before)
