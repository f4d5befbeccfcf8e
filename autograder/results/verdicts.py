"""Defines the verdict of a test, and of all tests of an exercise."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.sandbox.outcomes import Status

SEVERITY: tuple[Status, ...] = (
    "internal error",
    "unreadable",
    "tampered",
    "out of memory",
    "killed",
    "timed out",
    "error",
    "failed",
    "not written",
    "passed",
)
"""Worst first. An exercise has the worst status of its tests, so that no trouble hides behind a pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """The verdict of one test on one submission."""

    __test__ = False  # pytest: this is no test class

    title: str  #: the test's docstring, its public name
    points: float  #: what the test is worth
    hidden: bool
    status: Status
    message: str = ""  #: one sentence to the learner; empty when passed
    traceback: str = ""  #: the learner's own, cut to their cells; empty unless their code raised
    printed: str = ""  #: the end of what their code printed; empty when passed
    seconds: float = 0.0
    slowed: bool = False  #: it ran out of time while others had the processors
    attempts: int = 1  #: how often it was tried: once more, and alone, if it was slowed

    @property
    def passed(self) -> bool:
        return self.status == "passed"

    @property
    def earned(self) -> float:
        return self.points if self.passed else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExerciseResult:
    """All tests of one exercise on one submission."""

    name: str
    tests: tuple[TestResult, ...]

    @property
    def points(self) -> float:
        return sum(test.points for test in self.tests)

    @property
    def earned(self) -> float:
        return sum(test.earned for test in self.tests)

    @property
    def status(self) -> Status:
        found = {test.status for test in self.tests}
        worst: list[Status] = [status for status in SEVERITY if status in found]
        return worst[0] if worst else "unreadable"

    @property
    def slowed(self) -> bool:
        """Whether any of its tests ran out of time while others had the processors."""
        return any(test.slowed for test in self.tests)

    @property
    def mark(self) -> float | None:
        """The points that count; none where the grader failed, for that is no verdict on anybody."""
        return None if self.status == "internal error" else self.earned
