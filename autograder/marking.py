"""Marks submissions: reads the file, runs it, judges it. Whatever happens, there is a result."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from autograder.entry import Entry
from autograder.grading import Cell, judge_process, without_running
from autograder.handout import Handout, read_handout
from autograder.harmless import harmless_outputs
from autograder.isolation.tiers import Tier
from autograder.judge import Judge
from autograder.limits import Limits
from autograder.notebook import NotebookCell, Submission, Unreadable, read_submission
from autograder.process import CellRun
from autograder.results import ExerciseResult, Status, SubmissionResult
from autograder.worker import Zygote


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a module is graded with."""

    module: str
    handout: Path  #: the printed notebook
    tests: tuple[Path, ...]  #: public and hidden


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

    def answers(self) -> dict[str, str]:
        """What the learner wrote, by nbgrader's names of the cells."""
        return {cell.grade_id: cell.source for cell in self.cells if cell.grade_id}


class Marker:
    """A judge for each module and a warm process to run submissions in. Use it as a context manager."""

    def __init__(
        self,
        materials: Sequence[Material],
        *,
        seed: int,
        limits: Limits | None = None,
        tier: Tier | None = None,
    ) -> None:
        self._seed, self._stack = seed, ExitStack()
        self._judges = {m.module: self._stack.enter_context(Judge(m.tests)) for m in materials}
        self._handouts = {m.module: read_handout(m.handout) for m in materials}
        self._zygote = self._stack.enter_context(Zygote(limits=limits, tier=tier))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def mark(self, entry: Entry, failure: str = "") -> Marked:
        """Grade one submission. Never raises: what goes wrong, or went wrong before, is its result."""
        started = time.perf_counter()
        if failure:
            return self._without(entry, "killed", failure)
        if entry.problem or entry.module not in self._judges:
            return self._without(entry, "unreadable", entry.problem or f"there is no module `{entry.module}`")
        try:
            submission = read_submission(entry.path)
            return self._run(entry, submission, started)
        except Unreadable as error:
            return self._without(entry, "unreadable", str(error))
        except Exception as error:  # ours, not theirs; the class goes on
            return self._without(entry, "killed", f"the grader failed: {type(error).__name__}: {error}")

    def _run(self, entry: Entry, submission: Submission, started: float) -> Marked:
        judge, handout = self._judges[entry.module], self._handouts[entry.module]
        indices = [i for i, cell in enumerate(submission.cells) if _is_run(cell, handout)]
        picked = [submission.cells[i] for i in indices]
        cells = [Cell(source=cell.source, exercise=cell.exercise) for cell in picked]
        with self._zygote.submission([cell.source for cell in cells]) as process:
            exercises = judge_process(judge, process, cells, seed=self._seed)
            runs = {index: process.runs[n] for n, index in enumerate(indices) if n in process.runs}
        notes = "; ".join([*submission.problems, *_changes(submission, handout)])
        return Marked(
            entry=entry,
            result=self._result(entry, exercises, error=notes, seconds=time.perf_counter() - started),
            cells=tuple(_marked(cell, runs.get(i)) for i, cell in enumerate(submission.cells)),
        )

    def _without(self, entry: Entry, status: Status, message: str) -> Marked:
        """Give every exercise the status: a grade that is missing looks like one that was forgotten."""
        judge = self._judges.get(entry.module)
        names = judge.exercises if judge else ()
        exercises = tuple(without_running(judge, name, status, message) for name in names) if judge else ()
        return Marked(entry=entry, result=self._result(entry, exercises, error=message))

    def _result(
        self, entry: Entry, exercises: tuple[ExerciseResult, ...], *, error: str, seconds: float = 0.0
    ) -> SubmissionResult:
        return SubmissionResult(
            student=entry.student,
            module=entry.module,
            exercises=exercises,
            seed=self._seed,
            seconds=round(seconds, 3),
            error=error,
        )


def _is_run(cell: NotebookCell, handout: Handout) -> bool:
    """Test cells are not run: the judge has its own. Which cells are, the handout says, not the learner."""
    slot = handout.slot(cell.grade_id or "")
    return cell.kind == "code" and not (slot and slot.locked)


def _marked(cell: NotebookCell, run: CellRun | None) -> MarkedCell:
    outputs = harmless_outputs(run.outputs) if run else []
    if run and run.ended:
        outputs = [{"output_type": "stream", "name": "stderr", "text": f"[{run.ended.message}]\n"}]
    count = run.execution_count if run and isinstance(run.execution_count, int) else None
    kind = cell.kind if cell.kind in {"code", "markdown"} else "raw"
    return MarkedCell(kind=kind, source=cell.source, grade_id=cell.grade_id, outputs=outputs, count=count)


def _changes(submission: Submission, handout: Handout) -> Iterator[str]:
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
