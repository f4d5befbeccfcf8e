"""What people said of a submission in formgrader, and how its questions stand by that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from autograder.handout import Handout
from autograder.notebook import ANSWER
from autograder.results import ExerciseResult


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
        mark = _mark(exercise.name, exercise.points, exercise.earned, said, exercise.name + ANSWER)
        if mark.comment or mark.earned != exercise.earned:
            yield mark


def _mark(name: str, points: float, auto: float | None, said: Mapping[str, Said], where: str) -> ManualMark:
    """`where` is the cell that a comment on it is kept with: the one that the learner wrote."""
    nothing = Said()
    earned = said.get(name, nothing).mark(auto)
    return ManualMark(name=name, points=points, earned=earned, comment=said.get(where, nothing).comment)
