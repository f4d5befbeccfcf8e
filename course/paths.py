"""Knows the layout of the course: where lessons, exercises, tests and docs are."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from autograder.testing.layout import COMMON, HIDDEN, PUBLIC, exercise_of
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

    def lesson_source(self, module: str) -> Path:
        return self.modules / module / "lesson.py"

    def notebook(self, module: str, kind: Literal["lesson", "exercises"]) -> Path:
        return self.modules / module / f"{kind}.ipynb"

    def promise(self, module: str) -> Path:
        """One sentence: what a learner can do after this module. Start pages and the site show it."""
        return self.modules / module / "promise.md"

    def module_text(self, module: str) -> Path:
        """The head of a module's notebook, and the order of its exercises; a learner's bundle lacks it."""
        return self.solutions / module / "module.md"

    def first_cells(self, module: str) -> Path:
        return self.solutions / module / "first_cells.py"

    def exercise(self, module: str, name: str) -> Path:
        """The folder of an exercise; a learner's bundle lacks it."""
        return self.solutions / module / name

    def public_test(self, module: str, name: str) -> Path:
        return self.graders / module / f"{PUBLIC}{name}.py"

    def common_tests(self, module: str) -> Path:
        """What the tests of several exercises share; most modules have a few lines, some have none."""
        return self.graders / module / COMMON

    def hidden_test(self, module: str, name: str) -> Path:
        return self.exercise(module, name) / HIDDEN

    def public_tests(self, module: str) -> tuple[Path, ...]:
        """The public tests of a module, in the order of its notebook: tables and gradebooks follow it."""
        order = self._printed_order(module)
        found = sorted((self.graders / module).glob(f"{PUBLIC}*.py"))
        return tuple(sorted(found, key=lambda path: order.get(exercise_of(path), len(order))))

    def test_files(self, module: str) -> tuple[Path, ...]:
        """All that grades a module: public tests, what they share, and hidden tests where there are any."""
        common, public = self.common_tests(module), self.public_tests(module)
        hidden = [self.hidden_test(module, exercise_of(path)) for path in public]
        return (*public, *(path for path in (common, *hidden) if path.is_file()))

    def _printed_order(self, module: str) -> dict[str, int]:
        try:
            cells = json.loads(self.notebook(module, "exercises").read_bytes())["cells"]
            metadata = [cell["metadata"].get("nbgrader", {}) for cell in cells]
            return {each.get("grade_id"): place for place, each in enumerate(metadata)}
        except (OSError, ValueError, KeyError):
            return {}  # not printed yet: by name, then
