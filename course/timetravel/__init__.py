"""Time travel to look at: the checkpoint history of a thread, drawn as a tree."""

from __future__ import annotations

from course.timetravel.view import Timeline, timeline

__all__ = ["Timeline", "timeline"]
