"""Implements `overview()`: shows where you are in the course, and keeps that up to date."""

from __future__ import annotations

import contextlib
import contextvars
import threading
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from course.learner.overview_html import html
from course.learner.place import Place
from course.learner.progress import counts
from course.learner.workspace import Workspace
from course.paths import Root

if TYPE_CHECKING:
    from pathlib import Path

POLL_SECONDS = 1.0
LIVE = "It follows your checks. When you've reloaded the page, run the cell again."
ESTIMATED = "★ Core path: about {} hours with its lessons. All minutes are estimates."
SAVED = "Run the cell above, and it follows your checks."


@dataclass(frozen=True, slots=True)
class Overview:
    """What a notebook displays of a place."""

    place: Place

    def bundle(self, *, live: bool) -> dict[str, str]:
        """Return it in all forms.

        Args:
            live: whether it keeps up to date; what is saved in the file doesn't, and says so.
        """
        hours = ESTIMATED.format(self.place.core_path_hours)
        foot = f"As of {datetime.now():%H:%M}. {LIVE if live else SAVED} {hours}"
        return {
            "text/plain": f"{self.place.solved} of {self.place.total} solved",
            "text/markdown": _markdown(self.place),
            "text/html": html(self.place, foot),
        }

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return self.bundle(live=True)


def overview() -> None:
    """Show what you've solved and what comes next; it keeps up to date while this notebook's kernel runs."""
    from IPython.display import display

    from course.learner.live_shell import notebook

    workspace = Workspace.around()
    if workspace is None:
        print("This notebook isn't in a workspace: run `course lab`, it makes one.")
        return
    path = notebook()
    here = path.parent if path else workspace.path
    handle = display(Overview(Place.of(Root.find(), workspace, here)), display_id=True)
    _Follower.start(handle, workspace, here)


class _Follower:
    """Updates a display whenever the progress file changes, until another one takes over."""

    _current: _Follower | None = None

    def __init__(self, handle: Any, workspace: Workspace, here: Path) -> None:  # noqa: ANN401 — no types there
        self._handle, self._workspace, self._here = handle, workspace, here
        self._stopped = threading.Event()

    @classmethod
    def start(cls, handle: Any, workspace: Workspace, here: Path) -> None:  # noqa: ANN401
        if cls._current:
            cls._current._stopped.set()
        cls._current = follower = cls(handle, workspace, here)
        run = contextvars.copy_context().run
        threading.Thread(target=run, args=(follower._follow,), name="overview", daemon=True).start()

    def _follow(self) -> None:
        seen = self._workspace.changed_at("progress")
        while not self._stopped.wait(POLL_SECONDS):
            if (now := self._workspace.changed_at("progress")) != seen:
                seen = now
                with contextlib.suppress(Exception):  # a file half there is whole the next time
                    self._handle.update(Overview(Place.of(Root.find(), self._workspace, self._here)))


def _markdown(place: Place) -> str:
    lines = [f"Next: [{link.label}]({link.href})  " for link in place.onward]
    lines += [f"\n**{place.solved} of {place.total} solved**\n"]
    for row in place.modules:
        done, of = counts(row.rows)
        lesson, exercises = row.lesson, row.exercises
        links = f"[lesson]({lesson.href}) ({lesson.about}), [exercises]({exercises.href})"
        lines.append(f"{row.number}. **{row.title}**: {links}: {done} of {of}")
    return "\n".join(lines) + "\n"
