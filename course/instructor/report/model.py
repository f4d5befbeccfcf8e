"""Defines what a class report holds; `--json` prints these fields under the same names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from autograder.results.changes import GradeChange
from autograder.results.roster import Person
from autograder.sandbox.outcomes import Status
from course.instructor.similar.compare import Alike

SCHEMA = 1
"""Of the JSON. It grows when a field changes its meaning or goes; `course report --schema` describes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestReport:
    """How one test went for those who wrote something in its module."""

    __test__ = False  # pytest: this is no test class

    title: str
    hidden: bool
    points: float
    statuses: Mapping[Status, int]  #: how many learners, by what became of the test
    difficulty: float | None  #: the share that passed: test theory's p
    discrimination: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One sentence that learners were told, and the wrong ideas of ours that it answers."""

    ideas: tuple[str, ...]  #: names of near misses; none where no near miss is told this
    sentence: str  #: as most of them were told it: values in it are one learner's
    learners: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExerciseReport:
    """How one exercise went."""

    module: str
    name: str
    title: str
    points: float
    counted: int  #: learners who wrote something in the module, and whom the grader could judge here
    tried: int  #: those of them who wrote something here
    short: int  #: those who tried and didn't get all points
    statuses: Mapping[Status, int]
    difficulty: float | None
    discrimination: float | None
    tests: tuple[TestReport, ...]
    told: tuple[Told, ...]  #: most often told first
    told_besides: int  #: sentences that aren't listed

    @property
    def not_written(self) -> int:
        return self.counted - self.tried


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionReport:
    """How a question that a person grades stands."""

    module: str
    name: str
    title: str
    points: float
    settled: int  #: answers that have points, given by a person, or 0 for a blank
    waiting: int
    difficulty: float | None  #: none as long as answers wait


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleReport:
    """How a module went for the class."""

    module: str
    points: float  #: what it is worth, however much of it has been graded
    handed_in: int
    not_handed_in: int  #: of those on the roster, and of those who handed in anything
    wrote: int  #: those who wrote something: every share of this module is of them
    blank: int
    unreadable: int
    provisional: int  #: marks that wait for a person, or for the grader
    mean: float | None
    median: float | None
    distribution: tuple[int, ...]  #: notebooks by tenths of the points; full marks are in the last
    exercises: tuple[ExerciseReport, ...]
    questions: tuple[QuestionReport, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """A learner who can't reach half of a module's points, and tried an exercise that isn't solved."""

    student: str
    module: str
    earned: float
    points: float
    waiting: float
    open: tuple[str, ...]  #: exercises tried and not solved


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """An exercise that ended without a verdict on the answer: out of time, say."""

    student: str
    module: str
    exercise: str
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """A notebook that came late."""

    student: str
    module: str
    seconds: float | None  #: none where the gradebook can't be asked
    lost: float  #: points


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A figure that isn't what it was at the last run."""

    module: str
    name: str  #: of the exercise; empty for the module's mean
    before: float
    now: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SinceLast:
    """What changed against the last report on another state of the class."""

    at: str  #: when that report was written; empty if there was none
    handed_in: int  #: notebooks more than then
    shifts: tuple[Shift, ...]
    marks: tuple[GradeChange, ...]  #: single marks, against the last grading run


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassReport:
    """Everything."""

    schema: int
    at: str
    state: str  #: a hash of what it was made from
    students: int  #: who handed in something
    submissions: int
    enrolled: int | None  #: none where there is no roster
    missing: tuple[Person, ...]  #: enrolled, and handed in nothing
    provisional: int
    ideas_known: bool  #: whether near misses were there to compare with
    reteach: tuple[str, ...]  #: MODULE/EXERCISE, most urgent first
    modules: tuple[ModuleReport, ...]
    stuck: tuple[Stuck, ...]
    trouble: tuple[Trouble, ...]
    late: tuple[Late, ...]
    lateness_known: bool  #: whether a gradebook could be asked
    alike: tuple[Alike, ...] | None  #: none where nobody compared
    since: SinceLast
