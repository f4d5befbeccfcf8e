"""Reads what rules look at, once: sources, tests and prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from course.authoring import build as building
from course.authoring.exercise_source import read_module
from course.authoring.test_marks import module_tests
from course.authoring.verify.rules import Problem
from course.authoring.verify.subjects import CourseSubject, ModuleSubject, blanks
from course.errors import SourceError
from course.paths import Root

UNREADABLE, UNREADABLE_TITLE = "E100", "Every source can be read"
STALE, STALE_TITLE = "E301", "Every print is up to date"


def read_prints(root: Root, modules: Sequence[str]) -> tuple[dict[Path, str], list[Problem]]:
    """What each printed file should hold, with the sources that cannot be read and the files that differ."""
    texts: dict[Path, str] = {}
    problems: list[Problem] = []
    for item in building.prints(root, modules):
        try:
            stale = building.stale(root, [item])
        except SourceError as error:
            problems.append(Problem(code=UNREADABLE, path=error.path, line=error.line, message=error.message))
            continue
        if stale:
            problems.append(
                Problem(code=STALE, path=item.path, line=1, message="out of date: run `course build`")
            )
        texts[item.path] = stale[0][1] if stale else item.path.read_text("utf-8")
    return texts, problems


def read_course(root: Root, modules: Sequence[str], texts: Mapping[Path, str]) -> CourseSubject:
    """Read the exercises and tests of all modules that have a print."""
    found: list[ModuleSubject] = []
    for module in modules:
        if printed := texts.get(root.notebook(module, "exercises")):
            source, tests = read_module(root, module), module_tests(root, module)
            found.append(ModuleSubject(root=root, source=source, tests=tests, blanks=blanks(printed)))
    return CourseSubject(root=root, modules=tuple(found))
