"""Generates the course map: the picture from `map.md`, promises and exercises from the modules themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from course.learner.catalogue import CatalogueEntry
from course.learner.core_path import all_core_hours, core_path_hours, core_path_minutes, on_core_path
from course.learner.outline import Module, outline
from course.paths import Root
from course.site.notebook_page import PAGES, Printer

SOURCE = Path(__file__).with_name("map.md")
ROUND = 5  #: minutes are estimates; they're told to the next five


def map_page(root: Root, printer: Printer) -> str:
    """The page, with every exercise and what it is worth."""
    modules = outline(root)
    minutes = sorted(told(module.minutes) for module in modules)
    text = (
        SOURCE.read_text("utf-8").replace("!shortest", str(minutes[0])).replace("!longest", str(minutes[-1]))
    )
    text = text.replace("!choices", "\n".join(_choices(modules)))
    text = text.replace("!path", str(core_path_hours(modules))).replace("!all", str(all_core_hours(modules)))
    return printer.prose(text.replace("!modules", "\n\n".join(_modules(modules))))


def told(minutes: int) -> int:
    """Round an estimate to what one would say."""
    return ROUND * round(minutes / ROUND)


def _choices(modules: Iterable[Module]) -> Iterator[str]:
    yield "| what you'll be able to do | module | lesson | core path |"
    yield "|---|---|--:|--:|"
    for module in modules:
        link = f"[{module.name[:2]}](../modules/{module.name}/{PAGES['lesson']})"
        core = told(core_path_minutes(module))
        yield f"| {module.promise} | {link} | {told(module.minutes)} min | {core} min |"


def _modules(modules: Iterable[Module]) -> Iterator[str]:
    for module in modules:
        points = sum(entry.points for entry in module.exercises)
        yield f"## {module.name[:2]} · [{module.title}](../modules/{module.name}/{PAGES['lesson']})"
        path = on_core_path(module.exercises)
        rows = [
            f"| {_link(module.name, e.title, e.name)} | {_takes(e)}{' ★' * (e in path)} "
            f"| {e.points:g} | {_how(e.manual)} |"
            for e in module.exercises
        ]
        yield "\n".join(
            [f"| exercise | takes | points of {points:g} | graded by |", "|---|---|--:|---|", *rows]
        )


def _link(module: str, title: str, name: str) -> str:
    return f"[{title}](../modules/{module}/{PAGES['exercises']}#{name})"


def _takes(exercise: CatalogueEntry) -> str:
    return f"{exercise.minutes} min, {exercise.role}" if exercise.role else "–"


def _how(manual: bool) -> str:
    return "a person" if manual else "tests"
