"""Adds up how a class did in one module, one notebook at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import fmean, median

from autograder.results.graded import GradedSubmission
from autograder.sandbox.outcomes import Status
from course.instructor.class_overview import is_blank
from course.instructor.report.exercise_tally import UNTRIED, ExerciseTally
from course.instructor.report.item_statistics import difficulty
from course.instructor.report.model import ModuleReport, QuestionReport
from course.instructor.report.wrong_ideas import Ideas, Tally

TENTHS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A submission with its marks and statuses added up, once: a class has thousands."""

    row: GradedSubmission
    marks: Mapping[str, float | None]  #: what counts, by exercise and question
    statuses: tuple[Status, ...]  #: of the exercises, in their order
    earned: float
    points: float
    waiting: float

    @property
    def wrote(self) -> bool:
        """Whether there is something of the learner's in it that could be judged."""
        tried = any(status not in UNTRIED for status in self.statuses)
        return tried or any(mark.earned != 0 for mark in self.row.manual)


def counted(row: GradedSubmission) -> Counted:
    """Add a submission up."""
    return Counted(
        row=row,
        marks={name: mark for (_, name), mark in row.marks().items()},
        statuses=tuple(exercise.status for exercise in row.exercises),
        earned=row.earned,
        points=row.points,
        waiting=row.waiting,
    )


@dataclass(slots=True, kw_only=True)
class QuestionTally:
    """One question so far."""

    points: float
    scores: list[float] = field(default_factory=list[float])
    waiting: int = 0

    def report(self, module: str, name: str, title: str) -> QuestionReport:
        """Return what is reported of it."""
        return QuestionReport(
            module=module,
            name=name,
            title=title,
            points=self.points,
            settled=len(self.scores),
            waiting=self.waiting,
            difficulty=None if self.waiting else difficulty(self.scores, self.points),
        )


@dataclass(slots=True, kw_only=True)
class ModuleTally:
    """One module so far."""

    module: str
    ideas: Callable[[str, str], Ideas]
    points: float = 0.0
    marks: list[float] = field(default_factory=list[float])
    wrote: int = 0
    blank: int = 0
    unreadable: int = 0
    provisional: int = 0
    exercises: dict[str, ExerciseTally] = field(default_factory=dict[str, ExerciseTally])
    questions: dict[str, QuestionTally] = field(default_factory=dict[str, QuestionTally])

    def add(self, found: Counted) -> None:
        """Count a notebook in."""
        self.points = max(self.points, found.points)
        self.marks.append(found.earned)
        self.provisional += found.waiting > 0
        statuses = {*found.statuses}
        self.blank += statuses == {"not written"} and is_blank(found.row)
        self.unreadable += statuses == {"unreadable"}
        if found.wrote:
            self.wrote += 1
            self._add_work(found)

    def _add_work(self, found: Counted) -> None:
        exercises = found.row.exercises
        total = sum(found.marks[exercise.name] or 0.0 for exercise in exercises)
        for exercise, status in zip(exercises, found.statuses, strict=True):
            tally = self._exercise(exercise.name)
            mark = found.marks[exercise.name]
            if mark is not None:  # none where the grader failed: that says nothing of the learner
                tally.add(exercise, status, mark, total)
        for mark in found.row.manual:
            question = self.questions.setdefault(mark.name, QuestionTally(points=mark.points))
            if mark.earned is None:
                question.waiting += 1
            else:
                question.scores.append(mark.earned)

    def _exercise(self, name: str) -> ExerciseTally:
        if name not in self.exercises:
            self.exercises[name] = ExerciseTally(told=Tally(ideas=self.ideas(self.module, name)))
        return self.exercises[name]

    def report(self, titles: Mapping[str, str], students: int) -> ModuleReport:
        """Return what is reported of it; `students` is how many might have handed in."""
        module, marks = self.module, self.marks
        shares = [mark / self.points if self.points else 0.0 for mark in marks]
        tenths = Counter(min(int(share * TENTHS + 1e-9), TENTHS - 1) for share in shares)
        return ModuleReport(
            module=module,
            points=self.points,
            handed_in=len(marks),
            not_handed_in=max(0, students - len(marks)),
            wrote=self.wrote,
            blank=self.blank,
            unreadable=self.unreadable,
            provisional=self.provisional,
            mean=fmean(marks) if marks else None,
            median=median(marks) if marks else None,
            distribution=tuple(tenths[tenth] for tenth in range(TENTHS)),
            exercises=tuple(
                tally.report(module, name, titles.get(name, name)) for name, tally in self.exercises.items()
            ),
            questions=tuple(
                tally.report(module, name, titles.get(name, name)) for name, tally in self.questions.items()
            ),
        )
