"""Generates the course map: the picture from `map.md`, the exercises from the notebooks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from course.learner.catalogue import entries, read_title
from course.paths import Root
from course.site.notebook_page import PAGES, Printer

SOURCE = Path(__file__).with_name("map.md")


def map_page(root: Root, printer: Printer) -> str:
    """The page, with every exercise and what it is worth."""
    return printer.prose(SOURCE.read_text("utf-8").replace("!modules", "\n\n".join(_modules(root))))


def _modules(root: Root) -> Iterator[str]:
    known = entries(root).values()
    for module in root.module_names():
        exercises = [entry for entry in known if entry.module == module]
        title = read_title(root.notebook(module, "lesson"))
        points = sum(entry.points for entry in exercises)
        yield f"## {module[:2]} · [{title}](../modules/{module}/{PAGES['lesson']})"
        rows = [f"| {_link(module, e.title, e.name)} | {e.points:g} | {_how(e.manual)} |" for e in exercises]
        yield "\n".join([f"| exercise | points of {points:g} | graded by |", "|---|--:|---|", *rows])


def _link(module: str, title: str, name: str) -> str:
    return f"[{title}](../modules/{module}/{PAGES['exercises']}#{name})"


def _how(manual: bool) -> str:
    return "a person" if manual else "tests"
