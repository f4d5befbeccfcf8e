"""Adds up how a class did in one exercise, one learner at a time: scores, statuses, what they were told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from autograder.results.verdicts import ExerciseResult
from autograder.sandbox.outcomes import Status
from course.instructor.report.item_statistics import difficulty, discrimination
from course.instructor.report.model import ExerciseReport, TestReport
from course.instructor.report.wrong_ideas import Tally

UNTRIED: frozenset[Status] = frozenset({"not written", "unreadable", "internal error"})
"""What says nothing of how a learner did."""


@dataclass(slots=True, kw_only=True)
class ExerciseTally:
    """One exercise so far: for each learner that counts, scores and totals in the same order."""

    told: Tally
    points: float = 0.0
    scores: list[float] = field(default_factory=list[float])
    totals: list[float] = field(default_factory=list[float])
    statuses: Counter[Status] = field(default_factory=Counter[Status])
    short: int = 0
    tests: dict[str, TestTally] = field(default_factory=lambda: dict[str, TestTally]())

    def add(self, result: ExerciseResult, status: Status, score: float, total: float) -> None:
        """Count a learner in, with what counts for the exercise and for all exercises of the module."""
        points = result.points
        self.points = max(self.points, points)
        self.scores.append(score)
        self.totals.append(total)
        self.statuses[status] += 1
        self.short += status not in UNTRIED and score < points
        if status not in UNTRIED:
            self.told.add(result)
        for test in result.tests:
            if not (tally := self.tests.get(test.title)):
                tally = self.tests[test.title] = TestTally(hidden=test.hidden, points=test.points)
            tally.statuses[test.status] += 1
            tally.scores.append(test.earned)
            tally.totals.append(total)

    def report(self, module: str, name: str, title: str) -> ExerciseReport:
        """Return what is reported of it."""
        told, besides = self.told.told()
        untried = sum(self.statuses[status] for status in UNTRIED)
        return ExerciseReport(
            module=module,
            name=name,
            title=title,
            points=self.points,
            counted=len(self.scores),
            tried=len(self.scores) - untried,
            short=self.short,
            statuses=dict(self.statuses),
            difficulty=difficulty(self.scores, self.points),
            discrimination=discrimination(self.scores, self.totals),
            tests=tuple(tally.report(title) for title, tally in self.tests.items()),
            told=told,
            told_besides=besides,
        )


@dataclass(slots=True, kw_only=True)
class TestTally:
    """One test so far."""

    __test__ = False  # pytest: this is no test class

    hidden: bool
    points: float
    statuses: Counter[Status] = field(default_factory=Counter[Status])
    scores: list[float] = field(default_factory=list[float])
    totals: list[float] = field(default_factory=list[float])

    def report(self, title: str) -> TestReport:
        """Return what is reported of it."""
        return TestReport(
            title=title,
            hidden=self.hidden,
            points=self.points,
            statuses=dict(self.statuses),
            difficulty=difficulty(self.scores, self.points),
            discrimination=discrimination(self.scores, self.totals),
        )
