"""Adds a class up, one submission at a time: its modules, and the learners who need somebody."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from autograder.gradebook.lateness import Booked
from autograder.results.graded import GradedSubmission
from course.instructor.report.exercise_tally import UNTRIED
from course.instructor.report.model import Late, Stuck, Trouble
from course.instructor.report.module_tally import ModuleTally, wrote
from course.instructor.report.wrong_ideas import Ideas, read_ideas
from course.paths import Root

TROUBLE = frozenset({"timed out", "out of memory", "killed", "tampered"})


@dataclass(slots=True, kw_only=True)
class ClassTally:
    """A class so far."""

    root: Root
    booked: Booked
    modules: dict[str, ModuleTally] = field(default_factory=dict[str, ModuleTally])
    students: set[str] = field(default_factory=set[str])
    stuck: list[Stuck] = field(default_factory=list[Stuck])
    trouble: list[Trouble] = field(default_factory=list[Trouble])
    late: list[Late] = field(default_factory=list[Late])
    facts: list[str] = field(default_factory=list[str])  #: of which the state is a hash

    def add(self, row: GradedSubmission) -> None:
        """Count a submission in."""
        self.students.add(row.student)
        if row.module not in self.modules:
            self.modules[row.module] = ModuleTally(module=row.module, ideas=self._ideas)
        self.modules[row.module].add(row)
        self.stuck += _stuck(row)
        self.trouble += _trouble(row)
        seconds = self.booked.seconds_late.get((row.student, row.module))
        if seconds or row.late:
            self.late.append(Late(student=row.student, module=row.module, seconds=seconds, lost=row.late))
        facts = [row.student, row.module, row.earned, row.waiting, [e.status for e in row.exercises]]
        self.facts.append(repr(facts))

    @property
    def state(self) -> str:
        """A hash of every mark and status: another one, and the class is no longer as it was."""
        return hashlib.sha256("\n".join(self.facts).encode("utf-8", "replace")).hexdigest()

    def _ideas(self, module: str, exercise: str) -> Ideas:
        return read_ideas(self.root, module, exercise)


def _stuck(row: GradedSubmission) -> Iterator[Stuck]:
    """Tell whoever tried and can't reach half of the points, whatever a person still gives."""
    if wrote(row) and (row.earned + row.late + row.waiting) < row.points / 2:
        marks = row.marks()
        open_ = [
            exercise.name
            for exercise in row.exercises
            if exercise.status not in UNTRIED and (marks[row.module, exercise.name] or 0) < exercise.points
        ]
        yield Stuck(
            student=row.student,
            module=row.module,
            earned=row.earned,
            points=row.points,
            waiting=row.waiting,
            open=tuple(open_),
        )


def _trouble(row: GradedSubmission) -> Iterator[Trouble]:
    for exercise in row.exercises:
        if exercise.status in TROUBLE:
            yield Trouble(
                student=row.student, module=row.module, exercise=exercise.name, status=exercise.status
            )
