"""Grades submitted notebooks: reads the file, runs its cells, judges its exercises."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from typing import Self

from autograder.grading.cells import CodeCell, cells_to_run, judge_process, without_running
from autograder.grading.job import Material
from autograder.grading.keys import private_seed
from autograder.grading.lanes import Lane, Queue, Results
from autograder.results.graded import GradedSubmission
from autograder.results.verdicts import ExerciseResult, Status
from autograder.sandbox.cell_runs import CellRun
from autograder.sandbox.find_tier import find_tier
from autograder.sandbox.limits import Limits
from autograder.sandbox.process import Process
from autograder.sandbox.walls.tiers import Tier
from autograder.sandbox.zygote_client import ZygoteClient
from autograder.sandbox.zygote_process import ZygoteDied
from autograder.sandbox.zygote_start import BranchedZygote
from autograder.submissions.assignment import read_handout
from autograder.submissions.entry import Entry
from autograder.submissions.notebook import (
    NotebookCell,
    SubmittedNotebook,
    Unreadable,
    parse_notebook,
    read_bytes,
)
from autograder.submissions.restore import changes, is_of, restored
from autograder.submissions.safe_read import inert
from autograder.submissions.sanitize import harmless_outputs
from autograder.testing.judge import Judge

Which = Callable[[Sequence[CodeCell]], Collection[str]]
"""Says of which exercises a submission is to be judged, from the cells that will be run."""

Graded = tuple[GradedSubmission, tuple[NotebookCell, ...]]
"""A submission with its verdicts, and its cells with what they put out."""


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
        self._seed, self._limits, self._tier = seed, limits, tier or find_tier()
        with ExitStack() as opened:
            # First: it imports LangGraph in a process of its own while tests are read here.
            self._zygote = opened.enter_context(ZygoteClient(tier=self._tier, limits=limits))
            self._judges = {m.module: opened.enter_context(Judge(m.tests)) for m in materials}
            self._handouts = {m.module: read_handout(m.handout) for m in materials}
            self._stack = opened.pop_all()
        self._lanes: list[Lane] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the judges and the warm process."""
        self._close_lanes()
        self._stack.close()

    def _close_lanes(self) -> None:
        while self._lanes:
            self._lanes.pop().close()

    def branch(self) -> BranchedZygote:
        """Have the warm process fork another, for a fork of this grader."""
        return self._zygote.branch()

    def take(self, branch: BranchedZygote) -> None:
        """In a fork of the process that made this, use another warm process, and leave it the first one."""
        self._zygote.let_go()
        self._stack = ExitStack()  # without the judges, too: ours are copies, with nothing to close
        self._lanes = []
        client = ZygoteClient(tier=self._tier, limits=self._limits, branch=branch)
        self._zygote = self._stack.enter_context(client)

    def exercises(self, module: str) -> tuple[str, ...]:
        """Return the names of a module's exercises, in the order of their tests."""
        judge = self._judges.get(module)
        return tuple(judge.exercises) if judge else ()

    def grade(
        self,
        entry: Entry,
        *,
        data: bytes | None = None,
        which: Which | None = None,
        once: bool = False,
        lanes: int = 1,
    ) -> Graded:
        """Grade one submission. What is wrong with it is its result; what is raised is our own fault.

        Args:
            entry: whose it is, and where.
            data: the notebook, if it has been read already.
            which: the exercises to judge; all by default.
            once: judge no more after a test that runs out of time.
            lanes: how many processes may judge it at a time.
        """
        started = time.perf_counter()
        if entry.problem or entry.module not in self._judges:
            problem = entry.problem or f"there is no module `{entry.module}`"
            return self.without(entry, "unreadable", problem), ()
        try:
            read = parse_notebook(entry.path, read_bytes(entry.path) if data is None else data)
        except Unreadable as error:
            return self.without(entry, "unreadable", str(error)), ()
        handout = self._handouts[entry.module]
        if read.module not in {None, entry.module} and not is_of(read, handout):  # a module may be renamed
            other = f"it's a notebook of {inert(read.module or '', 40)}, not of {entry.module}"
            return self.without(entry, "unreadable", other), ()
        notebook = restored(read, handout)
        try:
            exercises, cells = self._run(entry, notebook, which, once=once, lanes=1 if once else lanes)
        except (
            ZygoteDied
        ):  # no fault of theirs: once more from the beginning; a second time, it is told as ours
            self._zygote.restart()
            exercises, cells = self._run(entry, notebook, which, once=once)
        notes = [*notebook.problems, *changes(notebook, handout)]
        notes += [entry.note] if entry.note else []
        seconds = time.perf_counter() - started
        return self._result(entry, exercises, error="; ".join(notes), seconds=seconds), cells

    def _run(
        self,
        entry: Entry,
        notebook: SubmittedNotebook,
        which: Which | None,
        *,
        once: bool,
        lanes: int = 1,
    ) -> tuple[tuple[ExerciseResult, ...], tuple[NotebookCell, ...]]:
        judge, handout = self._judges[entry.module], self._handouts[entry.module]
        places = cells_to_run(notebook, handout)
        cells = tuple(places.values())
        wanted = which(cells) if which else None
        names = [name for name in judge.exercises if wanted is None or name in wanted]
        seed, sources = private_seed(self._seed, entry.student, cells), [cell.source for cell in cells]

        def judged(shared: Iterable[str], process: Process) -> Results:
            return judge_process(judge, process, cells, names=shared, seed=seed, once=once)

        lanes = min(lanes, len(names))
        with ExitStack() as stack:
            shared: Iterable[str] = names
            if lanes > 1:
                # What has most to look at first: if it came last, all others would wait for it.
                longest_first = sorted(names, key=lambda name: -len(judge.exercises[name]))
                shared = stack.enter_context(closing(Queue(longest_first)))
            self._open_lanes(lanes - 1, sources, partial(judged, shared))
            with self._zygote.submission(sources) as process:
                found = {result.name: result for result in judged(shared, process)}
                found |= {result.name: result for lane in self._lanes for result in lane.results()}
                if self._lanes and (left := [name for name in names if name not in found]):  # one has died
                    found |= {result.name: result for result in judged(left, process)}
                runs = {place: process.runs[n] for n, place in enumerate(places) if n in process.runs}
        exercises = tuple(found[name] for name in names if name in found)
        return exercises, tuple(executed(cell, runs.get(i)) for i, cell in enumerate(notebook.cells))

    def _open_lanes(self, count: int, sources: list[str], judged: Callable[[Process], Results]) -> None:
        """Fork so many that judge beside this process, with processes of their own."""
        self._close_lanes()

        def judge(branch: BranchedZygote, send: Callable[[Results], None]) -> None:
            self.take(branch)
            with self, self._zygote.submission(sources) as process:
                send(judged(process))

        for _ in range(count):
            branch = self.branch()
            self._lanes.append(Lane(branch, partial(judge, branch)))

    def without(self, entry: Entry, status: Status, message: str) -> GradedSubmission:
        """Give every exercise the status: a grade that is missing looks like one that was forgotten."""
        judge = self._judges.get(entry.module)
        names = judge.exercises if judge else ()
        exercises = tuple(without_running(judge, name, status, message) for name in names) if judge else ()
        return self._result(entry, exercises, error=message)

    def _result(
        self, entry: Entry, exercises: tuple[ExerciseResult, ...], *, error: str, seconds: float = 0.0
    ) -> GradedSubmission:
        return GradedSubmission(
            student=entry.student,
            module=entry.module,
            exercises=exercises,
            seed=self._seed,
            seconds=round(seconds, 3),
            error=error,
        )


def executed(cell: NotebookCell, run: CellRun | None) -> NotebookCell:
    """Put a cell and what it put out together, harmless to show."""
    outputs = harmless_outputs(run.outputs) if run else []
    if run and run.ended:
        outputs = [{"output_type": "stream", "name": "stderr", "text": f"[{run.ended.message}]\n"}]
    count = run.execution_count if run and isinstance(run.execution_count, int) else None
    kind = cell.kind if cell.kind in {"code", "markdown"} else "raw"
    return replace(cell, kind=kind, outputs=outputs, count=count)
