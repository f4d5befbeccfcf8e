"""What rules look at: the course, a module, an exercise."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from course.authoring.exercise_source import ExerciseSource, ModuleSource
from course.authoring.test_marks import TestSource
from course.paths import Root


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleSubject:
    """One module's exercises, with their tests and their blanks."""

    root: Root
    source: ModuleSource
    tests: tuple[TestSource, ...]
    blanks: Mapping[str, str]  #: the answer cells as learners get them, by exercise

    @property
    def test_files(self) -> tuple[Path, Path]:
        """The public and the hidden tests; either may be missing."""
        name = self.source.module
        return self.root.public_tests(name), self.root.hidden_tests(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExerciseSubject:
    """One exercise in its module."""

    module: ModuleSubject
    exercise: ExerciseSource

    @property
    def path(self) -> Path:
        return self.module.source.path

    @property
    def by_hand(self) -> bool:
        """Whether a person grades it."""
        return self.exercise.manual_points is not None

    @property
    def tests(self) -> tuple[TestSource, ...]:
        return tuple(test for test in self.module.tests if test.exercise == self.exercise.name)


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


def blanks(notebook: str) -> dict[str, str]:
    """Read the blanks of a printed notebook, so that nbgrader need not be loaded to make them again."""
    found: dict[str, str] = {}
    for cell in json.loads(notebook)["cells"]:
        marks = cell["metadata"].get("nbgrader", {})
        if marks.get("solution") and not marks["grade"]:
            found[marks["grade_id"].removesuffix("_answer")] = "".join(cell["source"])
    return found
