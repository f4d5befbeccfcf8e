"""Gathers what a learner sees once an exercise is solved: the count, the next exercise, the worked answer."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from course.learner.catalogue import CatalogueEntry, read_title
from course.learner.lesson_minutes import lesson_minutes
from course.learner.links import exercise_link, lesson_link
from course.learner.progress import counts, following, standings
from course.learner.warm_up import WARM_UP
from course.learner.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from course.paths import Root

_REGION = re.compile(r"^[ \t]*#+ *(?:BEGIN|END) SOLUTION[ \t]*(?:\n|\Z)", re.MULTILINE)
NO_ANSWERS = "This copy of the course comes without worked answers."
ALL_DONE = "You've solved every exercise."


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where to go: in JupyterLab by a click, elsewhere by its name."""

    label: str
    href: str  #: relative to the notebook that shows it
    about: str = ""  #: how long it takes, and the like
    lead: str = ""  #: what comes before the link


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """The worked answer: its text, or where to find it, or neither."""

    source: str = ""
    path: str = ""  #: in the course's folder
    url: str = ""  #: on the site that `COURSE_SITE` names


@dataclass(frozen=True, slots=True, kw_only=True)
class Success:
    """What is shown once every public test has passed."""

    solved: int = 0
    total: int = 0  #: 0 where there is no workspace to count in
    onward: tuple[Link, ...] = ()
    worked: Worked | None = None  #: none where there is nothing to compare with

    @property
    def count(self) -> str:
        return f"{self.solved} of {self.total} solved" if self.total else ""

    @property
    def finished(self) -> bool:
        return bool(self.total) and self.solved == self.total

    @property
    def answer(self) -> str:
        """Where the worked answer is, for a terminal and for Markdown; empty where it's nowhere."""
        worked = self.worked or Worked()
        where = worked.url or (f"`{worked.path}`" if worked.path else "")
        return f"The worked answer: {where}" if where else ""

    def markdown(self) -> str:
        """Return the count and the way onward."""
        count = f"{self.count}. {ALL_DONE if self.finished else ''}".rstrip() if self.count else ""
        onward = ", ".join(f"{link.lead} [{link.label}]({link.href})" for link in self.onward)
        return "  \n".join(line for line in (self.answer, count, onward) if line)


def success(root: Root, entry: CatalogueEntry, here: Path) -> Success:
    """Return what to show under a solved exercise.

    Args:
        root: the course.
        entry: the exercise; its score is recorded already.
        here: the folder of the notebook that shows it: links are relative to it.
    """
    worked = None if entry is WARM_UP else worked_answer(root, entry)
    if not (workspace := Workspace.around()):
        return Success(worked=worked)
    rows = standings(root, workspace)
    solved, total = counts(rows) if entry is not WARM_UP else (0, 0)  # it's none of them
    after = following(rows, entry.name)
    onward = way_to(root, workspace, after.exercise, here, since=entry.module) if after else ()
    return Success(solved=solved, total=total, onward=onward, worked=worked)


def way_to(
    root: Root, workspace: Workspace, entry: CatalogueEntry, here: Path, *, since: str
) -> tuple[Link, ...]:
    """Return the link to an exercise, after that to its lesson where it begins a module."""
    about = ", ".join(part for part in (entry.role, in_minutes(entry.minutes)) if part)
    exercise = Link(lead="Next:", label=entry.title, href=exercise_link(workspace, entry, here), about=about)
    if entry.module == since:
        return (exercise,)
    path = root.notebook(entry.module, "lesson")
    lesson = Link(
        lead="Next:",
        label=f"Lesson {root.module_names().index(entry.module) + 1}: {read_title(path)}",
        href=lesson_link(workspace, entry.module, here),
        about=in_minutes(lesson_minutes(path)),
    )
    return (lesson, replace(exercise, lead="then"))


def without_marks(answer: str) -> str:
    """Return an answer without the comments that mark nbgrader's solution regions."""
    return _REGION.sub("", answer).strip()


def in_minutes(minutes: int) -> str:
    """Return `25 minutes`; nothing where nobody knows."""
    return {0: "", 1: "1 minute"}.get(minutes, f"{minutes} minutes")


def worked_answer(root: Root, entry: CatalogueEntry) -> Worked:
    """Return the worked answer, for an exercise that is solved: asking for it before that gives it away."""
    path = root.exercise(entry.module, entry.name) / "answer.py"
    url = entry.solution_url
    if not path.is_file():
        return Worked(url=url)
    source = without_marks(path.read_text(encoding="utf-8"))
    return Worked(source=source, path=path.relative_to(root.path).as_posix(), url=url)
