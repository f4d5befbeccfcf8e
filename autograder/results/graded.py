"""Defines a graded submission: the marks that tests gave, and those that people gave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from autograder.results.changes import GradeChange
from autograder.results.receipt import Receipt
from autograder.results.verdicts import ExerciseResult
from autograder.submissions.assignment import Handout
from autograder.submissions.notebook import ANSWER


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a person entered for one cell."""

    score: float | None = None  #: none as long as nobody has graded it
    extra: float = 0.0
    comment: str = ""

    def mark(self, auto: float | None) -> float | None:
        """Return what counts, by nbgrader's rule: a person's score before ours."""
        score = auto if self.score is None else self.score
        return None if score is None else score + self.extra


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualMark:
    """A question that a person grades, or an exercise that one has graded, and what they have said so far."""

    name: str
    points: float
    earned: float | None = None  #: none as long as nobody has graded it
    comment: str = ""


def untouched(handout: Handout, answers: Mapping[str, str]) -> frozenset[str]:
    """Return the questions that were left as they were printed: worth nothing, and no person need look."""
    return frozenset(
        slot.grade_id
        for slot in handout.questions
        if answers.get(slot.grade_id, slot.source).strip() == slot.source.strip()
    )


def manual_marks(
    handout: Handout, answers: Mapping[str, str], said: Mapping[str, Said]
) -> tuple[ManualMark, ...]:
    """Return how a submission's questions stand."""
    blank = untouched(handout, answers)
    return tuple(
        _mark(slot.grade_id, slot.points, 0.0 if slot.grade_id in blank else None, said, slot.grade_id)
        for slot in handout.questions
    )


def overrides(exercises: Iterable[ExerciseResult], said: Mapping[str, Said]) -> tuple[ManualMark, ...]:
    """Return the exercises of which a person has said something, though tests grade them."""
    return tuple(_overridden(exercises, said))


def _overridden(exercises: Iterable[ExerciseResult], said: Mapping[str, Said]) -> Iterator[ManualMark]:
    for exercise in exercises:
        mark = _mark(exercise.name, exercise.points, exercise.mark, said, exercise.name + ANSWER)
        if mark.comment or mark.earned != exercise.mark:
            yield mark


def _mark(name: str, points: float, auto: float | None, said: Mapping[str, Said], where: str) -> ManualMark:
    """`where` is the cell that a comment on it is kept with: the one that the learner wrote."""
    nothing = Said()
    earned = said.get(name, nothing).mark(auto)
    return ManualMark(name=name, points=points, earned=earned, comment=said.get(where, nothing).comment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One exercise or question of the class's table."""

    module: str
    name: str
    points: float
    manual: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedSubmission:
    """One notebook of one student, with every mark that it has."""

    student: str
    module: str
    exercises: tuple[ExerciseResult, ...]
    seed: int  #: the run's, a secret: grading again with it gives this submission the same inputs
    seconds: float = 0.0
    error: str = ""  #: what was wrong with the file as a whole, or with our grading of it
    manual: tuple[ManualMark, ...] = ()  #: the questions
    overrides: tuple[ManualMark, ...] = ()  #: exercises of which a person has said something
    late: float = 0.0  #: points taken off, by nbgrader's plugin
    receipt: Receipt = field(default_factory=Receipt)
    changes: tuple[GradeChange, ...] = ()  #: of its marks, when they last changed

    @property
    def auto_points(self) -> float:
        """What the tests could give; where the grader failed, they could give nothing."""
        return sum(exercise.points for exercise in self.exercises if exercise.mark is not None)

    @property
    def auto_earned(self) -> float:
        """What the tests gave."""
        return sum(exercise.earned for exercise in self.exercises)

    def marks(self) -> Mapping[tuple[str, str], float | None]:
        """Points by module and name; none where a person has yet to grade, or the grader failed."""
        auto = {(self.module, exercise.name): exercise.mark for exercise in self.exercises}
        return auto | {(self.module, mark.name): mark.earned for mark in (*self.overrides, *self.manual)}

    @property
    def earned(self) -> float:
        """What counts: a person's points before the tests', less what lateness cost."""
        return max(0.0, sum(mark or 0.0 for mark in self.marks().values()) - self.late)

    @property
    def points(self) -> float:
        """What the module is worth, however much of it has been graded: the one denominator there is."""
        return sum(self._worth().values())

    @property
    def waiting(self) -> float:
        """Points that nobody has given or refused yet: a person's, or a test's where the grader failed."""
        worth = self._worth()
        return sum(worth[name] for (_, name), mark in self.marks().items() if mark is None)

    def _worth(self) -> dict[str, float]:
        return {found.name: found.points for found in (*self.exercises, *self.manual)}
