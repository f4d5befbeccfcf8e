"""Adds up how a class did in one module, one notebook at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import fmean, median

from autograder.results.graded import GradedSubmission
from course.instructor.class_overview import is_blank
from course.instructor.report.exercise_tally import UNTRIED, ExerciseTally
from course.instructor.report.item_statistics import difficulty
from course.instructor.report.model import ModuleReport, QuestionReport
from course.instructor.report.wrong_ideas import Ideas, Tally

TENTHS = 10


def wrote(row: GradedSubmission) -> bool:
    """Whether there is something of the learner's in a notebook that could be judged."""
    tried = any(exercise.status not in UNTRIED for exercise in row.exercises)
    return tried or any(mark.earned != 0 for mark in row.manual)


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
            difficulty=difficulty(self.scores, self.points),
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

    def add(self, row: GradedSubmission) -> None:
        """Count a notebook in."""
        self.points = max(self.points, row.points)
        self.marks.append(row.earned)
        self.provisional += row.waiting > 0
        self.blank += is_blank(row)
        statuses = {exercise.status for exercise in row.exercises}
        self.unreadable += statuses == {"unreadable"}
        if wrote(row):
            self.wrote += 1
            self._add_work(row)

    def _add_work(self, row: GradedSubmission) -> None:
        marks = {name: mark for (_, name), mark in row.marks().items()}
        total = sum(marks[exercise.name] or 0.0 for exercise in row.exercises)
        for exercise in row.exercises:
            tally = self._exercise(exercise.name)
            mark = marks[exercise.name]
            if mark is not None:  # none where the grader failed: that says nothing of the learner
                tally.add(exercise, mark, total)
        for mark in row.manual:
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
