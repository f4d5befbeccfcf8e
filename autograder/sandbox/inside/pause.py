"""Pauses a graph just before a node runs, so that the grader can kill the process there."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.tracers.context import register_configure_hook


class _PauseAt(BaseCallbackHandler):
    """Calls `reached` when LangGraph is about to run the node; LangChain tells every handler so."""

    run_inline = True  # else async graphs would call us from a pool, and the node would run meanwhile

    def __init__(self, node: str, reached: Callable[[], None]) -> None:
        self.node, self.reached = node, reached

    def on_chain_start(self, *_: Any, **kwargs: Any) -> None:  # noqa: ANN401 — LangChain's signature
        metadata: dict[str, Any] = kwargs.get("metadata") or {}
        if metadata.get("langgraph_node") == self.node and kwargs.get("name") == self.node:
            self.reached()


_handler: ContextVar[_PauseAt | None] = ContextVar("pause_at", default=None)
register_configure_hook(_handler, inheritable=True)


@contextmanager
def pause_before(node: str | None, reached: Callable[[], None]) -> Generator[None]:
    """Within it, any graph that is about to run `node` calls `reached` first. `None`: no node does."""
    token = _handler.set(_PauseAt(node, reached) if node else None)
    try:
        yield
    finally:
        _handler.reset(token)
