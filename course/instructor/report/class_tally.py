"""Adds a class up, one submission at a time: its modules, and the learners who need somebody."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from autograder.gradebook.lateness import Booked
from autograder.results.graded import GradedSubmission
from course.instructor.report.exercise_tally import UNTRIED
from course.instructor.report.model import Late, Stuck, Trouble
from course.instructor.report.module_tally import Counted, ModuleTally, counted
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
        found = counted(row)
        self.modules[row.module].add(found)
        self.stuck += _stuck(found)
        self.trouble += _trouble(found)
        seconds = (self.booked.seconds_late or {}).get((row.student, row.module))
        if seconds or row.late:
            self.late.append(Late(student=row.student, module=row.module, seconds=seconds, lost=row.late))
        facts = [row.student, row.module, found.earned, found.waiting, found.statuses]
        self.facts.append(repr(facts))

    @property
    def state(self) -> str:
        """A hash of every mark and status: another one, and the class is no longer as it was."""
        return hashlib.sha256("\n".join(self.facts).encode("utf-8", "replace")).hexdigest()

    def _ideas(self, module: str, exercise: str) -> Ideas:
        return read_ideas(self.root, module, exercise)


def _stuck(found: Counted) -> Iterator[Stuck]:
    """Tell who can't reach half of the points, whatever a person still gives, and tried what isn't solved."""
    row = found.row
    if found.earned + row.late + found.waiting >= found.points / 2:
        return
    tried = zip(row.exercises, found.statuses, strict=True)
    names = [
        exercise.name
        for exercise, status in tried
        if status not in UNTRIED and (found.marks[exercise.name] or 0) < exercise.points
    ]
    if names:
        yield Stuck(
            student=row.student,
            module=row.module,
            earned=found.earned,
            points=found.points,
            waiting=found.waiting,
            open=tuple(names),
        )


def _trouble(found: Counted) -> Iterator[Trouble]:
    for exercise, status in zip(found.row.exercises, found.statuses, strict=True):
        if status in TROUBLE:
            yield Trouble(
                student=found.row.student, module=found.row.module, exercise=exercise.name, status=status
            )
