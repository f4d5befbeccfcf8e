"""Time travel to look at: the checkpoint history of a thread, drawn as a tree."""

from __future__ import annotations

from timetravel.view import Timeline, timeline

__all__ = ["Timeline", "timeline"]
