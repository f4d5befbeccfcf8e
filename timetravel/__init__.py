"""Draws the checkpoint history of a LangGraph thread as a tree: the time-travel debugger."""

from __future__ import annotations

from timetravel.view import Timeline, timeline

__all__ = ["Timeline", "timeline"]
