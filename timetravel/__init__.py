"""Draws the checkpoint history of a LangGraph thread as a tree: the time-travel debugger."""

from __future__ import annotations

from timetravel.view import Threads, Timeline, threads, timeline

__all__ = ["Threads", "Timeline", "threads", "timeline"]
