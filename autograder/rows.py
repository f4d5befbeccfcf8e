"""A class's marks as a table has them: columns of exercises and questions, rows of submissions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from autograder.manual import ManualMark
from autograder.results import SubmissionResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One exercise or question of the class's table."""

    module: str
    name: str
    points: float
    manual: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One submission of the class, with all its marks."""

    result: SubmissionResult
    manual: tuple[ManualMark, ...] = ()  #: the questions
    overrides: tuple[ManualMark, ...] = ()  #: exercises of which a person has said something
    late: float = 0.0  #: points taken off, by nbgrader's plugin

    def marks(self) -> Mapping[tuple[str, str], float | None]:
        """Points by module and name; none where a person has yet to grade."""
        auto: dict[tuple[str, str], float | None] = {
            (self.result.module, exercise.name): exercise.earned for exercise in self.result.exercises
        }
        people = (*self.overrides, *self.manual)
        return auto | {(self.result.module, mark.name): mark.earned for mark in people}

    @property
    def earned(self) -> float:
        """What counts: a person's points before the tests', less what lateness cost."""
        return max(0.0, sum(mark or 0.0 for mark in self.marks().values()) - self.late)

    @property
    def waiting(self) -> float:
        """Points that a person has yet to give or refuse."""
        return sum(mark.points for mark in self.manual if mark.earned is None)

    @property
    def points(self) -> float:
        """What could be earned of all that has been graded."""
        return self.result.points + sum(mark.points for mark in self.manual) - self.waiting
