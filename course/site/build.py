"""Builds the site: generates pages into `docs/`, then runs mkdocs in strict mode."""

from __future__ import annotations

import contextlib
import logging
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from course.errors import CourseError
from course.learner.outline import outline
from course.learner.workspace import write_atomically
from course.site.cheatsheet import cheatsheet_page
from course.site.checklist_page import checklist_page
from course.site.commands_page import commands_page
from course.site.diagrams import draw
from course.site.executing import executed_lessons
from course.site.exercise_page import exercise_page
from course.site.front import exercises_in_words, with_front
from course.site.kept import drawings, forget_old
from course.site.landing_parts import landing_parts
from course.site.map_page import map_page
from course.site.metrics_page import metrics_page
from course.site.more_page import more_page
from course.site.notebook_page import PAGES, Printer
from course.site.social import write_pictures

if TYPE_CHECKING:
    from course.paths import Root


LOOKED_UP = ("topics", "decisions", "best-practices", "pitfalls", "timeline", "timeline-compared", "glossary")
DEPLOYING = ("reference/checklist.md", "reference/metrics.md")
ABOUT_MORE = "Procedural memory with versions, old threads under new code, questions within a stream."
FIRST = {"boost": 2}  #: whoever searches for a word finds the lesson that teaches it before pages that use it
TEACHING = ("instructors", "deploy", "security", "kernels", "scale", "benchmark", "authors", "contributors")


def print_pages(root: Root, command: Any, *, for_class: bool = False) -> list[dict[str, Any]]:  # noqa: ANN401 — typer's own, private types
    """Print every page that is not written by hand, for a class without answers; return mkdocs' `nav`."""
    lessons: list[dict[str, Any]] = []
    for left in (root.docs / "modules").glob("[0-9][0-9]_*"):  # the pages of a module that has gone
        if left.name not in root.module_names():
            shutil.rmtree(left)
    modules = outline(root)
    executed = executed_lessons(root, [module.name for module in modules])
    for module, lesson_with_outputs in zip(modules, executed, strict=True):
        folder = root.docs / "modules" / module.name
        printer = Printer(folder=folder, drawings=drawings())
        lesson = printer.page_of(lesson_with_outputs)
        exercises = exercise_page(root, module.name, printer, for_class=for_class)
        _write(folder / PAGES["lesson"], with_front(lesson, description=module.promise, search=FIRST))
        _write(folder / PAGES["exercises"], with_front(exercises, description=exercises_in_words(module)))
        pages = [
            f"modules/{module.name}/{PAGES['lesson']}",
            {"Exercises": f"modules/{module.name}/{PAGES['exercises']}"},
        ]
        lessons.append({f"{module.number}. {module.title}": pages})
    more = root.docs / "modules" / "more"
    printed = more_page(root, Printer(folder=more, drawings=drawings()))
    _write(more / PAGES["lesson"], with_front(printed, description=ABOUT_MORE))
    _write(root.docs / "reference" / "commands.md", commands_page(command))
    _write(root.docs / "reference" / "cheatsheet.md", cheatsheet_page())
    _write(root.docs / "reference" / "checklist.md", checklist_page(root))
    _write(root.docs / "reference" / "metrics.md", metrics_page())
    drawer = Printer(folder=root.docs / "reference", drawings=drawings())
    _write(root.docs / "reference" / "map.md", map_page(root, drawer))
    for name, part in landing_parts(root).items():
        _write(root.docs / "modules" / name, part)
    for source in sorted((root.docs / "diagrams").glob("*.mmd")):  # hand-written pages include them
        drawn = draw(source.read_text("utf-8"), drawings())
        _write(root.docs / "modules" / "diagrams" / f"{source.stem}.html", drawn + "\n")
    nav: list[dict[str, Any]] = [
        {
            "Course": [
                "index.md",
                "reference/map.md",
                *lessons,
                f"modules/more/{PAGES['lesson']}",
                *DEPLOYING,
                *(f"{name}.md" for name in LOOKED_UP),
            ]
        },
        {"Teaching": [f"{name}.md" for name in TEACHING]},
        {"Reference": ["reference/cheatsheet.md", "reference/api.md", "reference/commands.md"]},
    ]
    write_pictures(root, list(_pages(nav)))
    return nav


def _pages(nav: Any) -> Iterator[str]:  # noqa: ANN401 — a list of pages, sections, and lists of them
    """Name every page that mkdocs' `nav` lists."""
    if isinstance(nav, str):
        yield nav
        return
    for below in cast("dict[str, Any]", nav).values() if isinstance(nav, dict) else nav:
        yield from _pages(below)


def build(root: Root, out: Path, command: Any, *, for_class: bool = False) -> Path:  # noqa: ANN401 — typer's own, private types
    """Build the site into a folder; `command` is the one that its reference describes.

    A site for a class has no worked answers.

    Raises:
        CourseError: when mkdocs warns of anything: a broken link is an error.
    """
    from mkdocs.commands.build import build as mkdocs_build
    from mkdocs.config import load_config
    from mkdocs.exceptions import Abort, MkDocsException

    out, nav = out.resolve(), print_pages(root, command, for_class=for_class)
    forget_old()
    with _mkdocs_talking(), contextlib.chdir(root.path):  # pages include parts by paths from there
        try:
            config = load_config(str(root.path / "mkdocs.yml"), site_dir=str(out), strict=True, nav=nav)
            config.plugins.on_startup(command="build", dirty=False)
            mkdocs_build(config)
            config.plugins.on_shutdown()
        except (Abort, MkDocsException) as error:
            raise CourseError(f"mkdocs.yml: the site was not built: {error}; see the lines above") from None
    return out


def serve_site(root: Root, port: int, command: Any, *, for_class: bool = False) -> None:  # noqa: ANN401 — typer's own, private types
    """Show the site, built anew whenever a page of `docs/` changes, until Ctrl-C."""
    from mkdocs.commands.serve import serve

    nav = print_pages(root, command, for_class=for_class)
    print(f"The site: http://127.0.0.1:{port}  (Ctrl-C ends it)", flush=True)
    with _mkdocs_talking(), contextlib.chdir(root.path):
        serve(str(root.path / "mkdocs.yml"), dev_addr=f"127.0.0.1:{port}", strict=True, nav=nav)


@contextlib.contextmanager
def _mkdocs_talking() -> Generator[None]:
    """Let mkdocs say what is wrong, and nothing else."""
    logger, handler = logging.getLogger("mkdocs"), logging.StreamHandler()
    handler.setLevel(logging.WARNING)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def _write(path: Path, text: str) -> None:
    """Write a page only if it changed: `--serve` builds anew whenever a file is touched."""
    if not path.is_file() or path.read_text("utf-8") != text:
        write_atomically(path, text.encode())
