"""Reads the modules that a class is graded in: handouts, points, fingerprints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograder.grading.job import Material
from autograder.grading.keys import digest, exercise_fingerprints, looks
from autograder.results.graded import Column
from autograder.sandbox.limits import Limits
from autograder.submissions.assignment import Handout, read_handout


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The modules, read once."""

    materials: tuple[Material, ...]
    handouts: dict[str, Handout]
    points: dict[str, dict[str, float]]  #: by module and exercise, as the tests' marks say

    def columns(self, modules: set[str]) -> list[Column]:
        """The columns of the class's table: what was handed in, in teaching order."""
        found: list[Column] = []
        for module, points in self.points.items():
            if module in modules:
                found += [Column(module=module, name=name, points=worth) for name, worth in points.items()]
                questions = self.handouts[module].questions
                found += [
                    Column(module=module, name=q.grade_id, points=q.points, manual=True) for q in questions
                ]
        return found


def read_course(materials: Sequence[Material]) -> Course:
    """Read what a class is graded with.

    Raises:
        ValueError: tests that cannot be used; the text says which, and where.
    """
    from autograder.testing.judge import Judge  # late: it takes pytest along

    points: dict[str, dict[str, float]] = {}
    for material in materials:
        with Judge(material.tests) as judge:
            points[material.module] = {
                n: sum(t.points for t in tests) for n, tests in judge.exercises.items()
            }
    handouts = {material.module: read_handout(material.handout) for material in materials}
    return Course(materials=tuple(materials), handouts=handouts, points=points)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprints:
    """What a module's grades rest on, but for the answers and the seed, as hashes."""

    exercises: Mapping[str, str]
    whole: str  #: of all of them, and of what the pages are made from


def read_fingerprints(material: Material, limits: Limits) -> Fingerprints:
    """Take a module's prints.

    Raises:
        ValueError: a test file is no Python; the text says where.
    """
    try:
        exercises = exercise_fingerprints(material.tests, limits)
    except SyntaxError as error:
        raise ValueError(f"{error.filename}:{error.lineno}: {error.msg}") from None
    handout = digest([material.handout.read_text("utf-8")])
    return Fingerprints(exercises=exercises, whole=digest([*sorted(exercises.items()), handout, looks()]))
