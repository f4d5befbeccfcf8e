"""Knows the layout of the course: where lessons, exercises, tests and docs are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from course.errors import UsageError


@dataclass(frozen=True, slots=True)
class Root:
    """The folder of the course: the repository, or a learner's bundle (the same without `solutions/`)."""

    path: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Root:
        """Find the course: `COURSE_ROOT`, else the nearest folder above `start`, else where `course` lies.

        Raises:
            UsageError: when no folder with `modules/` and `autograder/` is found.
        """
        if override := os.environ.get("COURSE_ROOT"):
            return cls(Path(override).resolve())
        above = (start or Path.cwd()).resolve()
        for folder in (above, *above.parents, Path(__file__).resolve().parent.parent):
            if (folder / "modules").is_dir() and (folder / "autograder").is_dir():
                return cls(folder)
        raise UsageError(
            f"no course at `{above}` or above it: change into the folder you cloned, or set COURSE_ROOT to it"
        )

    @property
    def modules(self) -> Path:
        return self.path / "modules"

    @property
    def solutions(self) -> Path:
        return self.path / "solutions"

    @property
    def graders(self) -> Path:
        return self.path / "autograder" / "graders"

    @property
    def docs(self) -> Path:
        return self.path / "docs"

    def module_names(self) -> list[str]:
        """All modules, in teaching order."""
        return sorted(folder.name for folder in self.modules.glob("[0-9][0-9]_*") if folder.is_dir())

    def exercises_source(self, module: str) -> Path:
        return self.solutions / module / "exercises.py"

    def lesson_source(self, module: str) -> Path:
        return self.modules / module / "lesson.py"

    def notebook(self, module: str, kind: Literal["lesson", "exercises"]) -> Path:
        return self.modules / module / f"{kind}.ipynb"

    def public_tests(self, module: str) -> Path:
        return self.graders / f"test_{module}.py"

    def hidden_tests(self, module: str) -> Path:
        """The hidden tests; a learner's bundle does not have them."""
        return self.solutions / module / "test_hidden.py"
