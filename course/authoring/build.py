"""Brings the printed notebooks up to date with the texts they are printed from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from course.authoring.exercise_source import read_module
from course.authoring.printing import answers_notebook, exercises_notebook, lesson_notebook, text_of
from course.authoring.test_marks import module_tests
from course.paths import Root


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedNotebook:
    """One notebook to print: where it goes, and how its text is made."""

    path: Path
    make: Callable[[], str]


def notebooks(root: Root, modules: Iterable[str] | None = None) -> Iterator[PrintedNotebook]:
    """All notebooks under `modules/`; those whose source a bundle does not hold are left out."""
    for module in root.module_names() if modules is None else modules:
        lesson = root.lesson_source(module)
        if lesson.is_file():
            yield PrintedNotebook(
                path=root.notebook(module, "lesson"), make=lambda p=lesson: text_of(lesson_notebook(p))
            )
        if root.module_text(module).is_file():
            yield PrintedNotebook(
                path=root.notebook(module, "exercises"), make=lambda m=module: _exercises(root, m)
            )


def answers(root: Root, folder: Path, modules: Iterable[str] | None = None) -> Iterator[PrintedNotebook]:
    """The worked notebooks, in nbgrader's source form, for `folder`."""
    for module in root.module_names() if modules is None else modules:
        if root.module_text(module).is_file():
            yield PrintedNotebook(
                path=folder / module / "exercises.ipynb", make=lambda m=module: _answers(root, m)
            )


def stale(wanted: Iterable[PrintedNotebook]) -> list[tuple[PrintedNotebook, str]]:
    """The notebooks that are missing or out of date, each with the text that its file should hold."""
    made = ((item, item.make()) for item in wanted)
    return [(item, text) for item, text in made if not _holds(item.path, text)]


def write(item: PrintedNotebook, text: str) -> None:
    """Write a notebook to its file."""
    item.path.parent.mkdir(parents=True, exist_ok=True)
    item.path.write_text(text, "utf-8")


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text("utf-8") == text


def _exercises(root: Root, module: str) -> str:
    source = read_module(root, module)
    return text_of(exercises_notebook(source, module_tests(root, module)))


def _answers(root: Root, module: str) -> str:
    source = read_module(root, module)
    return text_of(answers_notebook(source, module_tests(root, module)))
