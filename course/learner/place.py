"""Works out where a learner is in the course: what comes next, and how far each module has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.learner.catalogue import read_title
from course.learner.core_path import core_path_hours, on_core_path
from course.learner.lesson_minutes import lesson_minutes
from course.learner.links import exercise_link, exercises_link, lesson_link
from course.learner.outline import outline
from course.learner.progress import Standing, counts, next_core, standings, was_solved
from course.learner.success import Link, in_minutes, way_to
from course.learner.warm_up import WARM_UP

if TYPE_CHECKING:
    from pathlib import Path

    from course.learner.workspace import Workspace
    from course.paths import Root

WARM_UP_LINK = Link(
    label="Begin with the warm-up below",
    href="",  # it's on the same page: a link would seem to do nothing
    about=f"{in_minutes(WARM_UP.minutes)}, one line to change",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleRow:
    """One module, and how far its exercises have come."""

    number: int
    title: str
    lesson: Link
    exercises: Link
    steps: tuple[tuple[Standing, str], ...]  #: each exercise, with the link to it

    @property
    def rows(self) -> tuple[Standing, ...]:
        return tuple(standing for standing, _ in self.steps)

    @property
    def starred(self) -> frozenset[str]:
        """The names of the exercises on the core path."""
        return frozenset(entry.name for entry in on_core_path(row.exercise for row in self.rows))

    @property
    def minutes(self) -> int:
        """Of its exercises but the further ones; 0 where the authors don't say it of all."""
        each = [row.exercise.minutes for row in self.rows if row.exercise.role != "further"]
        return sum(each) if all(each) else 0

    @property
    def about(self) -> str:
        """How long the exercises take: all of them, or the core where there are further ones."""
        core = any(row.exercise.role == "further" for row in self.rows)
        return in_minutes(self.minutes) + (" core" if core and self.minutes else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far a learner has come, and where to go next."""

    solved: int
    total: int
    core_path_hours: int
    onward: tuple[Link, ...]
    modules: tuple[ModuleRow, ...]

    @classmethod
    def of(cls, root: Root, workspace: Workspace, here: Path) -> Place:
        """Read where a learner is. Links are relative to the folder `here`."""
        rows = standings(root, workspace)
        solved, total = counts(rows)
        modules = tuple(
            _row(root, workspace, module, here, number, rows)
            for number, module in enumerate(root.module_names(), start=1)
        )
        fresh = not any(row.tried for row in rows) and not was_solved(workspace, WARM_UP)
        onward = (WARM_UP_LINK,) if fresh else _onward(root, workspace, here, rows)
        hours = core_path_hours(outline(root))
        return cls(solved=solved, total=total, core_path_hours=hours, onward=onward, modules=modules)


def _row(
    root: Root, workspace: Workspace, module: str, here: Path, number: int, rows: tuple[Standing, ...]
) -> ModuleRow:
    path = root.notebook(module, "lesson")
    about = in_minutes(lesson_minutes(path)) if path.is_file() else ""
    own = [row for row in rows if row.exercise.module == module]
    return ModuleRow(
        number=number,
        title=read_title(path),
        lesson=Link(label="lesson", href=lesson_link(workspace, module, here), about=about),
        exercises=Link(label="exercises", href=exercises_link(workspace, module, here)),
        steps=tuple((row, exercise_link(workspace, row.exercise, here)) for row in own),
    )


def _onward(root: Root, workspace: Workspace, here: Path, rows: tuple[Standing, ...]) -> tuple[Link, ...]:
    """The next exercise; before it the lesson, where nothing of its module was tried."""
    if not (up := next_core(rows)):
        return ()
    module = up.exercise.module
    begun = any(row.tried for row in rows if row.exercise.module == module)
    return way_to(root, workspace, up.exercise, here, since=module if begun else "")
