"""Reads what rules look at, once: the course, its modules and exercises, their tests and notebooks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from course.authoring import build
from course.authoring.exercise_source import ExerciseSource, ModuleSource, read_module
from course.authoring.test_marks import TestSource, module_tests
from course.authoring.verify.rules import Problem
from course.errors import SourceError
from course.paths import Root

UNREADABLE, UNREADABLE_TITLE = "E100", "Every source can be read"
STALE, STALE_TITLE = "E301", "Every printed notebook is up to date"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleSubject:
    """One module's exercises, with their tests and their blanks."""

    root: Root
    source: ModuleSource
    tests: tuple[TestSource, ...]
    blanks: Mapping[str, str]  #: the answer cells as learners get them, by exercise

    @property
    def test_files(self) -> tuple[Path, ...]:
        return self.root.test_files(self.source.module)

    @property
    def shared(self) -> set[Path]:
        """The files that every exercise of the module rests on, and the lesson that it belongs to."""
        root, name = self.root, self.source.module
        return {
            *(root.module_text(name), root.first_cells(name), root.common_tests(name)),
            *(root.lesson_source(name), root.notebook(name, "exercises")),
        }

    @property
    def folders(self) -> set[Path]:
        """The folders that the module shares with others, and its own."""
        root, name = self.root, self.source.module
        above = (root.modules, root.solutions, root.graders)
        return {*above, *(folder / name for folder in above)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExerciseSubject:
    """One exercise in its module."""

    module: ModuleSubject
    exercise: ExerciseSource

    @property
    def by_hand(self) -> bool:
        """Whether a person grades it."""
        return self.exercise.manual_points is not None

    @property
    def public_test(self) -> Path:
        return self.module.root.public_test(self.module.source.module, self.exercise.name)

    @property
    def hidden_test(self) -> Path:
        return self.module.root.hidden_test(self.module.source.module, self.exercise.name)

    @property
    def tests(self) -> tuple[TestSource, ...]:
        return tuple(test for test in self.module.tests if test.exercise == self.exercise.name)

    def concerned_by(self, problem: Problem) -> bool:
        """Whether a problem is this exercise's, or of a file or folder that it shares with others."""
        if problem.exercise:
            return problem.exercise == self.exercise.name
        shared = problem.path in self.module.shared or problem.path.parent in self.module.folders
        return shared or problem.code == UNREADABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseSubject:
    """The whole course, or those of its modules that could be read."""

    root: Root
    modules: tuple[ModuleSubject, ...]

    @property
    def exercises(self) -> tuple[ExerciseSubject, ...]:
        return tuple(
            ExerciseSubject(module=module, exercise=exercise)
            for module in self.modules
            for exercise in module.source.exercises
        )


def read_notebooks(wanted: Sequence[build.PrintedNotebook]) -> tuple[dict[Path, str], list[Problem]]:
    """What each notebook should hold, with the sources that cannot be read and the files that differ."""
    texts: dict[Path, str] = {}
    problems: list[Problem] = []
    for item in wanted:
        try:
            stale = build.stale([item])
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
    """Read the exercises and tests of all modules whose notebook could be printed."""
    found: list[ModuleSubject] = []
    for module in modules:
        if printed := texts.get(root.notebook(module, "exercises")):
            source, tests = read_module(root, module), module_tests(root, module)
            found.append(ModuleSubject(root=root, source=source, tests=tests, blanks=blanks(printed)))
    return CourseSubject(root=root, modules=tuple(found))


def blanks(notebook: str) -> dict[str, str]:
    """Read the blanks of a printed notebook, so that nbgrader need not be loaded to make them again."""
    found: dict[str, str] = {}
    for cell in json.loads(notebook)["cells"]:
        marks = cell["metadata"].get("nbgrader", {})
        if marks.get("solution") and not marks["grade"]:
            found[marks["grade_id"].removesuffix("_answer")] = "".join(cell["source"])
    return found
