"""Shows hints, one more at each call; notebook and terminal count together."""

from __future__ import annotations

import re
from dataclasses import dataclass

from course.errors import UsageError
from course.learner.catalogue import CatalogueEntry
from course.learner.warm_up import WARM_UP, find_exercise
from course.learner.workspace import Workspace
from course.paths import Root

_shown_here: dict[str, int] = {}  # where there is no workspace to remember in: this process only


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """The hints of an exercise that have been shown so far. A notebook displays them as Markdown."""

    exercise: CatalogueEntry
    shown: int

    @property
    def text(self) -> str:
        """The hints as Markdown, the newest last."""
        return self.told(f'`hint("{self.exercise.name}")` once more shows the next.')

    def told(self, more: str) -> str:
        """The hints as Markdown, the newest last; `more` says how to get the next one here."""
        total, parts = len(self.exercise.hints), list[str]()
        for number, hint in enumerate(self.exercise.hints[: self.shown], start=1):
            parts.append(f"**Hint {number} of {total}**\n\n{hint.strip()}")
        if not parts:
            parts.append(f"`{self.exercise.name}` has no hints.")
        parts.append(self._next(more))
        return "\n\n".join(parts)

    def _next(self, more: str) -> str:
        if self.shown < len(self.exercise.hints):
            return f"*Not yet? {more}*"
        if self.exercise is WARM_UP:
            return "*That was the last hint.*"
        links = re.findall(r"\[[^\]]+\]\(lesson\.ipynb[^)]*\)", "\n".join(self.exercise.hints))
        where = links[0] if links else "[lesson](lesson.ipynb)"
        return f"*That was the last hint. What it builds on is in the {where} of `{self.exercise.module}`.*"

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return self.text


def hint(name: str) -> Hints | None:
    """Show one hint more for an exercise.

    Args:
        name: the exercise, as in `check("…")`.

    Returns:
        The hints shown so far, which a notebook displays; `None` where there is no such exercise: a line
        says so, and names the nearest.
    """
    try:
        return reveal(str(name), Workspace.around())
    except UsageError as error:  # a traceback would bury it
        print(error)
        return None


def reveal(name: str, workspace: Workspace | None) -> Hints:
    """Show one hint more, and remember it in the workspace."""
    exercise = find_exercise(name, Root.find())
    counts = workspace.recall("hints") if workspace else _shown_here
    before = counts.get(name, 0)
    shown = min((before if isinstance(before, int) else 0) + 1, len(exercise.hints))
    counts[name] = shown
    if workspace:
        workspace.remember("hints", counts)
    return Hints(exercise=exercise, shown=shown)
