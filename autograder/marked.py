"""A submission after it was marked: its cells with what they put out, and its verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from autograder.entry import Entry
from autograder.handout import Handout
from autograder.harmless import harmless_outputs
from autograder.notebook import NotebookCell, Submission
from autograder.process import CellRun
from autograder.results import SubmissionResult


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
