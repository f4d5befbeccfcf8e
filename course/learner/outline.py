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
    core_minutes: int  #: for what the core path reads of it
    exercises: tuple[CatalogueEntry, ...]


def outline(root: Root) -> tuple[Module, ...]:
    """Return every module, in teaching order."""
    return tuple(_module(root, name, number) for number, name in enumerate(root.module_names(), start=1))


def _module(root: Root, name: str, number: int) -> Module:
    lesson = root.notebook(name, "lesson")
    there = lesson.is_file()
    return Module(
        name=name,
        number=number,
        title=read_title(lesson),
        promise=_text(root.promise(name)),
        minutes=lesson_minutes(lesson) if there else 0,
        core_minutes=lesson_minutes(lesson, core=True) if there else 0,
        exercises=tuple(entry for entry in entries(root).values() if entry.module == name),
    )


def _text(path: Path) -> str:
    return path.read_text("utf-8").strip() if path.is_file() else ""
