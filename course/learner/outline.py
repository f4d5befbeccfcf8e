"""Outlines the course: what each module promises, how long its lesson takes, and its exercises."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from course.learner.catalogue import CatalogueEntry, entries, read_title
from course.learner.lesson_minutes import lesson_minutes
from course.paths import Root


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One module, as it's offered to a learner."""

    name: str
    number: int
    title: str
    promise: str  #: one sentence: what you can do afterwards; empty where nobody has written it yet
    minutes: int  #: for the lesson; 0 where there is none yet
    exercises: tuple[CatalogueEntry, ...]


def outline(root: Root) -> tuple[Module, ...]:
    """Return every module, in teaching order."""
    known = entries(root).values()
    return tuple(
        Module(
            name=name,
            number=number,
            title=read_title(root.notebook(name, "lesson")),
            promise=_text(root.promise(name)),
            minutes=lesson_minutes(lesson) if (lesson := root.notebook(name, "lesson")).is_file() else 0,
            exercises=tuple(entry for entry in known if entry.module == name),
        )
        for number, name in enumerate(root.module_names(), start=1)
    )


def _text(path: Path) -> str:
    return path.read_text("utf-8").strip() if path.is_file() else ""
