"""Marks submissions: reads the file, runs it, judges it. Whatever happens, there is a result."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from typing import Self

from autograder.grading.cells import CodeCell, judge_process, without_running
from autograder.grading.job import Material as Material
from autograder.results.graded import Marked as Marked
from autograder.results.graded import MarkedCell as MarkedCell
from autograder.results.graded import changes_of_tests, is_run, marked_cell
from autograder.results.verdicts import ExerciseResult, Status, SubmissionResult
from autograder.sandbox.find_tier import find_tier
from autograder.sandbox.limits import Limits
from autograder.sandbox.walls.tiers import Tier
from autograder.sandbox.zygote import ZygoteClient
from autograder.submissions.assignment import read_handout
from autograder.submissions.entry import Entry
from autograder.submissions.notebook import Submission, Unreadable, parse_notebook, read_bytes
from autograder.testing.judge import Judge

Which = Callable[[Sequence[CodeCell]], Collection[str]]
"""Says of which exercises a submission is to be judged, from the cells that will be run."""


class NotebookGrader:
    """A judge for each module and a warm process to run submissions in. Use it as a context manager."""

    def __init__(
        self,
        materials: Sequence[Material],
        *,
        seed: int,
        limits: Limits | None = None,
        tier: Tier | None = None,
    ) -> None:
        self._seed = seed
        with ExitStack() as opened:
            # First: it imports LangGraph in a process of its own while tests are read here.
            self._zygote = opened.enter_context(ZygoteClient(tier=tier or find_tier(), limits=limits))
            self._judges = {m.module: opened.enter_context(Judge(m.tests)) for m in materials}
            self._handouts = {m.module: read_handout(m.handout) for m in materials}
            self._stack = opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the judges and the warm process."""
        self._stack.close()

    def exercises(self, module: str) -> tuple[str, ...]:
        """Return the names of a module's exercises, in the order of their tests."""
        judge = self._judges.get(module)
        return tuple(judge.exercises) if judge else ()

    def mark(
        self, entry: Entry, failure: str = "", *, data: bytes | None = None, which: Which | None = None
    ) -> Marked:
        """Grade one submission. Never raises: what goes wrong, or went wrong before, is its result.

        Args:
            entry: whose it is, and where.
            failure: what went wrong before.
            data: the notebook, if it has been read already.
            which: the exercises to judge; all by default.
        """
        started = time.perf_counter()
        if failure:
            return self._without(entry, "killed", failure, stands=False)
        if entry.problem or entry.module not in self._judges:
            return self._without(entry, "unreadable", entry.problem or f"there is no module `{entry.module}`")
        try:
            submission = parse_notebook(entry.path, read_bytes(entry.path) if data is None else data)
            return self._run(entry, submission, started, which)
        except Unreadable as error:
            return self._without(entry, "unreadable", str(error))
        except Exception as error:  # ours, not theirs; the class goes on
            said = f"the grader failed: {type(error).__name__}: {error}"
            return self._without(entry, "killed", said, stands=False)

    def _run(
        self, entry: Entry, submission: Submission, started: float, which: Which | None = None
    ) -> Marked:
        judge, handout = self._judges[entry.module], self._handouts[entry.module]
        indices = [i for i, cell in enumerate(submission.cells) if is_run(cell, handout)]
        picked = [submission.cells[i] for i in indices]
        cells = [CodeCell(source=cell.source, exercise=cell.exercise) for cell in picked]
        wanted = which(cells) if which else None
        with self._zygote.submission([cell.source for cell in cells]) as process:
            names = [name for name in judge.exercises if wanted is None or name in wanted]
            exercises = judge_process(judge, process, cells, names=names, seed=self._seed)
            runs = {index: process.runs[n] for n, index in enumerate(indices) if n in process.runs}
        notes = "; ".join([*submission.problems, *changes_of_tests(submission, handout)])
        return Marked(
            entry=entry,
            result=self._result(entry, exercises, error=notes, seconds=time.perf_counter() - started),
            cells=tuple(marked_cell(cell, runs.get(i)) for i, cell in enumerate(submission.cells)),
        )

    def _without(self, entry: Entry, status: Status, message: str, *, stands: bool = True) -> Marked:
        """Give every exercise the status: a grade that is missing looks like one that was forgotten."""
        judge = self._judges.get(entry.module)
        names = judge.exercises if judge else ()
        exercises = tuple(without_running(judge, name, status, message) for name in names) if judge else ()
        return Marked(entry=entry, result=self._result(entry, exercises, error=message), stands=stands)

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
