"""Brings the printed notebooks up to date with the texts they are printed from.

Printing needs Jupytext and nbgrader, which take seconds to import. So the build remembers, in
`.cache/prints.json`, from which inputs each file was printed: when neither they, nor the printer, nor the
file itself have changed, nothing is imported.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from course.authoring import exercise_source, notebooks, percent, printing, test_marks
from course.paths import Root

_PRINTER = (exercise_source, notebooks, percent, printing, test_marks)
_LIBRARIES = ("jupytext", "nbformat", "nbgrader")


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """One printed file: where it goes, what it is made from, and how."""

    path: Path
    inputs: tuple[Path, ...]
    make: Callable[[], str]


def prints(root: Root, modules: Iterable[str] | None = None) -> Iterator[Print]:
    """All notebooks under `modules/`; those whose source a bundle does not hold are left out."""
    for module in root.module_names() if modules is None else modules:
        lesson = root.lesson_source(module)
        if lesson.is_file():
            yield Print(
                path=root.notebook(module, "lesson"), inputs=(lesson,), make=lambda p=lesson: _lesson(p)
            )
        if root.exercises_source(module).is_file():
            yield Print(
                path=root.notebook(module, "exercises"),
                inputs=_inputs(root, module),
                make=lambda m=module: _exercises(root, m),
            )


def answers(root: Root, folder: Path, modules: Iterable[str] | None = None) -> Iterator[Print]:
    """The worked notebooks, in nbgrader's source form, to lie in `folder`."""
    for module in root.module_names() if modules is None else modules:
        if root.exercises_source(module).is_file():
            yield Print(
                path=folder / module / "exercises.ipynb",
                inputs=_inputs(root, module),
                make=lambda m=module: _answers(root, m),
            )


def stale(root: Root, wanted: Iterable[Print]) -> list[tuple[Print, str]]:
    """The prints that are missing or out of date, each with the text that its file should hold."""
    known = _remembered(root)
    found: list[tuple[Print, str]] = []
    for item in wanted:
        if known.get(str(item.path)) == _key(item):
            continue
        text = item.make()
        if not item.path.is_file() or item.path.read_text("utf-8") != text:
            found.append((item, text))
        else:
            _remember(root, item)
    return found


def write(root: Root, item: Print, text: str) -> None:
    """Write a print to its file."""
    item.path.parent.mkdir(parents=True, exist_ok=True)
    item.path.write_text(text, "utf-8")
    _remember(root, item)


def _inputs(root: Root, module: str) -> tuple[Path, ...]:
    return root.exercises_source(module), root.public_tests(module), root.hidden_tests(module)


def _lesson(path: Path) -> str:
    return notebooks.text_of(printing.lesson_notebook(path))


def _exercises(root: Root, module: str) -> str:
    read = exercise_source.read_module(root, module)
    return notebooks.text_of(printing.exercises_notebook(read, test_marks.module_tests(root, module)))


def _answers(root: Root, module: str) -> str:
    read = exercise_source.read_module(root, module)
    return notebooks.text_of(printing.answers_notebook(read, test_marks.module_tests(root, module)))


def _key(item: Print) -> str:
    """A digest of all that a print depends on, and of the print: it changes when any of them does."""
    digest = hashlib.sha256(_printer_key().encode())
    for path in (*item.inputs, item.path):
        digest.update(path.read_bytes() if path.is_file() else b"")
        digest.update(b"\0")
    return digest.hexdigest()


@cache
def _printer_key() -> str:
    code = [Path(module.__file__ or "").read_text("utf-8") for module in _PRINTER]
    return hashlib.sha256("\0".join([*code, *map(version, _LIBRARIES)]).encode()).hexdigest()


def _cache_file(root: Root) -> Path:
    return root.path / ".cache" / "prints.json"


def _remembered(root: Root) -> dict[str, str]:
    try:
        return json.loads(_cache_file(root).read_text("utf-8"))
    except (OSError, ValueError):
        return {}  # a lost memory costs a few seconds, no more


def _remember(root: Root, item: Print) -> None:
    path = _cache_file(root)
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({**_remembered(root), str(item.path): _key(item)}, indent=1), "utf-8")
