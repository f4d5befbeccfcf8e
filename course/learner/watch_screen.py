"""Draws one screen of `course watch`: what there is to say, how far one is, and which keys there are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from autograder.counts import counted
from course.learner.progress import counts
from course.learner.terminal_text import with_code

if TYPE_CHECKING:
    from rich.console import RenderableType

    from course.learner.progress import Standing

KEYS = {"h": "hint", "a": "check all", "l": "list", "r": "reset", "q": "quit"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """A terminal that is drawn anew each time, or output that goes to a file line after line."""

    tty: bool
    console: Console = field(default_factory=lambda: Console(highlight=False))

    def fits(self, body: RenderableType) -> bool:
        """Whether there is room for it above the foot."""
        return not self.tty or self._lines(body) <= self.console.height - 6

    def _lines(self, body: RenderableType) -> int:
        return len(self.console.render_lines(body, pad=False))

    def show(self, body: RenderableType, foot: RenderableType | None = None) -> None:
        """Draw the body, and the foot on the last lines of the screen."""
        if self.tty:
            self.console.clear()
        self.console.print(body, crop=False)
        if foot:
            gap = self.console.height - self._lines(body) - self._lines(foot) - 2 if self.tty else 0
            self.console.print("\n" * max(gap, 0))
            self.console.print(foot)


def foot(rows: tuple[Standing, ...], focus: Standing | None, *, note: str, width: int, tty: bool) -> Group:
    """Return the status: a bar as wide as the screen, what is in focus and how it stands, and the keys."""
    done, total = counts(rows)
    count = f" {done} of {total} solved"
    room = max(width - len(count), 0)
    full = round(room * done / total) if total else 0
    bar = Text.assemble(("━" * full, "green"), ("╌" * (room - full), "dim"), (count, "bold"))
    status = Table.grid(expand=True)
    status.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    status.add_row(Text(f" {_in_focus(focus)}"), style="reverse")
    last = with_code(note, "yellow")
    return Group(bar, status, _keys(focus) if tty else Text("Ctrl-C ends it"), last)


def _in_focus(focus: Standing | None) -> str:
    if focus is None:
        return "Nothing left in focus"
    exercise, now = focus.exercise, focus.now
    if now is None:
        return f"In focus: {exercise.name}, not written yet"
    stands = f"{now:g} of {counted(exercise.public_points, 'point')}"
    before = ", solved before" if focus.solved and now < exercise.public_points else ""
    return f"In focus: {exercise.name}, {stands} as saved{before}"


def _keys(focus: Standing | None) -> Text:
    solved = focus is not None and focus.now is not None and focus.now >= focus.exercise.public_points
    keys = {"n": "next" if solved else "another", **KEYS}
    parts = [part for key, what in keys.items() for part in ((f" {key}", "bold"), (f" {what} ", "dim"))]
    return Text.assemble(*parts, no_wrap=True, overflow="ellipsis")
