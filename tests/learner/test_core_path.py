"""How long the course takes is told from its lessons and exercises, and whoever has ten hours has a way through."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from course.learner.core_path import core_hours, core_minutes, short_minutes
from course.learner.outline import outline
from course.learner.progress import render, standings
from course.learner.workspace import Workspace
from course.paths import Root

MODULES = outline(Root.find())


def test_the_short_way_takes_ten_hours_at_most():
    assert short_minutes(MODULES) <= 10 * 60


def test_the_core_path_has_every_lesson_and_all_but_the_further_exercises():
    assert [sum(e.role == "core" for e in module.exercises) for module in MODULES] == [3] * len(MODULES)
    for module in MODULES:
        rest = sum(e.minutes for e in module.exercises if e.role == "further")
        assert core_minutes(module) == module.minutes + sum(e.minutes for e in module.exercises) - rest
    assert core_hours(MODULES) == round(sum(map(core_minutes, MODULES)) / 60)


def test_course_progress_tells_it(tmp_path: Path):
    from rich.console import Console

    root, console = Root.find(), Console(width=80, record=True, file=StringIO())
    console.print(render(root, standings(root, Workspace(tmp_path))))
    assert f"Core path: about {core_hours(MODULES)} hours" in console.export_text()
