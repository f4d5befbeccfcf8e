"""Rules about the course as a whole: its tests, names, files and prints."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from course.authoring.test_marks import bare_asserts
from course.authoring.verify.rules import Problem, Rules
from course.authoring.verify.subjects import CourseSubject

IN_MODULE = {"lesson.py", "lesson.ipynb", "exercises.ipynb"}
IN_SOLUTIONS = {"survivors.toml", "exercises.py", "test_hidden.py"}
IGNORED = {"__pycache__", ".ipynb_checkpoints", ".pytest_cache"}  # made by tools, kept out of git

course_rules: Rules[CourseSubject] = Rules()


@course_rules("E109")
def _messages(subject: CourseSubject) -> Iterator[Problem]:
    """Every assert of a test says something to the learner."""
    for module in subject.modules:
        for path in module.test_files:
            for line in bare_asserts(path) if path.is_file() else ():
                message = 'this assert says nothing: add `, "what was seen, what it means, what to look at"`'
                yield Problem(path=path, line=line, message=message)


@course_rules("E110")
def _unique(subject: CourseSubject) -> Iterator[Problem]:
    """No two exercises of the course have the same name."""
    seen: dict[str, str] = {}
    for each in subject.exercises:
        name = each.exercise.name
        if name in seen:
            message = f"the name `{name}` is taken by the exercise at {seen[name]}: choose another"
            yield Problem(path=each.path, line=each.exercise.line, message=message, exercise=name)
        seen.setdefault(name, f"{each.module.source.module}, line {each.exercise.line}")


@course_rules("E111")
def _orphans(subject: CourseSubject) -> Iterator[Problem]:
    """Every test belongs to an exercise of its module that pytest grades."""
    for module in subject.modules:
        names = {each.name for each in module.source.exercises if each.manual_points is None}
        for test in module.tests:
            if test.exercise not in names:
                message = (
                    f"`{test.function}` grades `{test.exercise}`, which {module.source.path} does not have"
                )
                yield Problem(path=test.path, line=test.line, message=f"{message}: mend the name")


@course_rules("E112")
def _imports(subject: CourseSubject) -> Iterator[Problem]:
    """Every notebook of exercises imports `check`."""
    for module in subject.modules:
        plain = [cell.text for cell in module.source.cells if (cell.kind, cell.role) == ("code", "plain")]
        if not re.search(r"^from course import .*\bcheck\b", "\n".join(plain), re.M):
            message = "no cell imports `check`: add `from course import check, hint, timeline` to the first"
            yield Problem(path=module.source.path, line=1, message=message)


@course_rules("E113")
def _files(subject: CourseSubject) -> Iterator[Problem]:
    """Every folder holds what belongs in it, and nothing else."""
    root = subject.root
    names = root.module_names()
    for folder, inside in ((root.modules, IN_MODULE), (root.solutions, IN_SOLUTIONS)):
        yield from (_stray(path) for path in _others(folder, set(names)))
        for name in names:
            yield from (_stray(path) for path in _others(folder / name, inside))
    for path in root.graders.glob("test_*.py"):
        if path.stem.removeprefix("test_") not in names:
            yield _stray(path)
    for name in names:
        for path in (root.lesson_source(name), root.exercises_source(name)):
            if not path.is_file():
                yield Problem(path=path, line=1, message="every module has this file: write it")


@course_rules("E114")
def _left_to_do(subject: CourseSubject) -> Iterator[Problem]:
    """Nothing is left of the skeletons that `course new` writes."""
    for module in subject.modules:
        lesson = subject.root.lesson_source(module.source.module)
        for path in (lesson, module.source.path, *module.test_files):
            lines = path.read_text("utf-8").splitlines() if path.is_file() else []
            left = [number for number, line in enumerate(lines, 1) if "TODO:" in line]
            if left:
                message = f"TODO stands in {len(left)} lines, first in this: write what it asks for"
                yield Problem(path=path, line=left[0], message=message)


@course_rules("E115")
def _order(subject: CourseSubject) -> Iterator[Problem]:
    """Public tests stand in the order of their exercises.

    It is the order of tables, cards and gradebooks.
    """
    for module in subject.modules:
        names = [each.name for each in module.source.exercises]
        reached = 0
        for test in module.tests:
            if not test.hidden and test.exercise in names:
                if names.index(test.exercise) < reached:
                    message = f"`{test.exercise}` comes before `{names[reached]}`: move its tests up"
                    yield Problem(path=test.path, line=test.line, message=message, exercise=test.exercise)
                reached = max(reached, names.index(test.exercise))


def _others(folder: Path, known: set[str]) -> list[Path]:
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if path.name not in known | IGNORED)


def _stray(path: Path) -> Problem:
    return Problem(path=path, line=1, message="this does not belong here: remove it, or move it elsewhere")
