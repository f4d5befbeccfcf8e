"""A submission after it was marked: its cells with what they put out, and its verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from autograder.results.verdicts import ExerciseResult, SubmissionResult
from autograder.sandbox.process import CellRun
from autograder.submissions.assignment import Handout
from autograder.submissions.entry import Entry
from autograder.submissions.notebook import ANSWER, NotebookCell, Submission
from autograder.submissions.sanitize import harmless_outputs


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedCell:
    """A learner's cell after it was run; its outputs are harmless to show."""

    kind: str
    source: str
    grade_id: str | None = None
    outputs: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """One submission with its verdicts."""

    entry: Entry
    result: SubmissionResult
    cells: tuple[MarkedCell, ...] = ()
    stands: bool = True  #: false when the grader failed, not the submission

    def answers(self) -> dict[str, str]:
        """What the learner wrote, by nbgrader's names of the cells."""
        return {cell.grade_id: cell.source for cell in self.cells if cell.grade_id}


def is_run(cell: NotebookCell, handout: Handout) -> bool:
    """Test cells are not run: the judge has its own. Which cells are, the handout says, not the learner."""
    slot = handout.slot(cell.grade_id or "")
    return cell.kind == "code" and not (slot and slot.locked)


def marked_cell(cell: NotebookCell, run: CellRun | None) -> MarkedCell:
    """Put a cell and what it put out together."""
    outputs = harmless_outputs(run.outputs) if run else []
    if run and run.ended:
        outputs = [{"output_type": "stream", "name": "stderr", "text": f"[{run.ended.message}]\n"}]
    count = run.execution_count if run and isinstance(run.execution_count, int) else None
    kind = cell.kind if cell.kind in {"code", "markdown"} else "raw"
    return MarkedCell(kind=kind, source=cell.source, grade_id=cell.grade_id, outputs=outputs, count=count)


def changes_of_tests(submission: Submission, handout: Handout) -> Iterator[str]:
    """What of the test cells differs from the handout. It does not count, but someone should know."""
    submitted: Mapping[str | None, NotebookCell] = {cell.grade_id: cell for cell in submission.cells}
    for slot in (slot for slot in handout.slots if slot.grade):
        cell = submitted.get(slot.grade_id)
        if cell is None:
            yield f"the cell `{slot.grade_id}` was deleted"
        elif slot.locked and cell.source.strip() != slot.source.strip():
            yield f"the test cell `{slot.grade_id}` was changed; ours was used"
        elif cell.points not in {None, slot.points}:
            yield f"the cell `{slot.grade_id}` says it is worth {cell.points:g}; it is worth {slot.points:g}"


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
