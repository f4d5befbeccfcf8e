"""The core path goes through every module in ten hours, and is told wherever somebody looks for it."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from course.learner.core_path import (
    all_core_hours,
    all_core_minutes,
    core_path_hours,
    core_path_minutes,
    on_core_path,
)
from course.learner.lesson_minutes import FURTHER
from course.learner.outline import outline
from course.learner.overview import ESTIMATED, Overview
from course.learner.place import Place
from course.learner.progress import render, standings
from course.learner.workspace import Workspace
from course.paths import Root

ROOT = Root.find()
MODULES = outline(ROOT)


def test_it_takes_ten_hours_at_most():
    assert sum(map(core_path_minutes, MODULES)) <= 10 * 60


def test_every_module_is_on_it_with_its_warm_up_and_its_shortest_core_exercise():
    for module in MODULES:
        warm_up, core = on_core_path(module.exercises)
        assert (warm_up.role, core.role) == ("warm-up", "core")
        assert core.minutes == min(e.minutes for e in module.exercises if e.role == "core")
        assert core_path_minutes(module) == module.core_minutes + warm_up.minutes + core.minutes


def test_three_exercises_a_module_are_core():
    assert [sum(e.role == "core" for e in module.exercises) for module in MODULES] == [3] * len(MODULES)
    for module in MODULES:
        rest = sum(e.minutes for e in module.exercises if e.role == "further")
        assert all_core_minutes(module) == module.minutes + sum(e.minutes for e in module.exercises) - rest


def test_each_further_section_has_a_decision_to_read():
    for module in MODULES:
        sections = ROOT.lesson_source(module.name).read_text("utf-8").split("\n# ## ")[1:]
        further = [section for section in sections if FURTHER in section]
        assert further
        assert len(further) < len(sections) / 2
        assert all("\n# **Decide.**" in section for section in further)


def test_course_progress_and_the_start_page_tell_it(tmp_path: Path):
    from rich.console import Console

    workspace, console = Workspace(tmp_path), Console(width=80, record=True, file=StringIO())
    console.print(render(ROOT, standings(ROOT, workspace)))
    shown = console.export_text()
    hours = core_path_hours(MODULES)
    assert f"★ core path: about {hours} hours" in shown
    assert f"all that's core {all_core_hours(MODULES)}" in shown
    assert shown.count("★") == 2 * len(MODULES) + 1
    page = Overview(Place.of(ROOT, workspace, tmp_path)).bundle(live=True)["text/html"]
    assert ESTIMATED.format(hours) in page
    assert page.count("☆") == 2 * len(MODULES)
