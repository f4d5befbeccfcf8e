"""Runs a notebook's cells in a process and judges each exercise there."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autograder.results.verdicts import ExerciseResult, Status, TestResult
from autograder.sandbox.cell_runs import CellRun
from autograder.sandbox.outcomes import Outcome, TimedOut
from autograder.sandbox.process import Process
from autograder.sandbox.zygote_client import ZygoteClient
from autograder.submissions.assignment import Handout
from autograder.submissions.notebook import SubmittedNotebook
from autograder.testing.fixture import raised
from autograder.testing.judge import PATIENCE, Follower, Judge

if TYPE_CHECKING:
    from autograder.grading.cells import CodeCell


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeCell:
    """A code cell to run before the tests."""

    source: str
    exercise: str | None = None  #: whose answer it is


def cells_to_run(notebook: SubmittedNotebook, handout: Handout) -> dict[int, CodeCell]:
    """Return the cells of a notebook that are run before its tests, by their places in it.

    Test cells are not: the judge has its own. Which cells those are, the handout says, not the learner.
    """
    return {
        place: CodeCell(source=cell.source, exercise=cell.exercise)
        for place, cell in enumerate(notebook.cells)
        if cell.kind == "code" and not handout.is_locked(cell.grade_id)
    }


def grade_cells(
    judge: Judge,
    zygote: ZygoteClient,
    cells: Sequence[CodeCell],
    names: Sequence[str] | None = None,
    seed: int | None = None,
    follower: Follower | None = None,
) -> tuple[ExerciseResult, ...]:
    """Run `cells` in a fresh process and judge the exercises `names` (all by default) there.

    What ran out of time because others had the processors is judged once more, in another process.
    """
    sources = [cell.source for cell in cells]
    with zygote.submission(sources) as process:
        results = judge_process(judge, process, cells, names=names, seed=seed, follower=follower)
    if not (slowed := [result.name for result in results if result.slowed]):
        return results
    with zygote.submission(sources) as process:
        again = judge_process(judge, process, cells, names=slowed, seed=seed, once=True, follower=follower)
    second = {result.name: result for result in again}
    return tuple(second.get(result.name, result) for result in results)


def judge_process(
    judge: Judge,
    process: Process,
    cells: Sequence[CodeCell],
    names: Iterable[str] | None = None,
    seed: int | None = None,
    once: bool = False,
    follower: Follower | None = None,
) -> tuple[ExerciseResult, ...]:
    """Judge exercises in a process that has run `cells`. Every exercise gets a result, whatever happens.

    With `once` that ends at the first test that runs out of time, as it has done before.

    Each has a process that no other answer has been called in. Those that need what others have not have a
    scratch folder of their own, too, and so has an answer where a later one binds a name again.
    """
    seed = random.SystemRandom().randrange(1 << 32) if seed is None else seed
    results: list[ExerciseResult] = []
    with ExitStack() as stack:
        processes = {process.needs: process}
        for name in judge.exercises if names is None else names:
            if once and results and results[-1].status == "timed out":
                break
            needs = judge.needs(name)
            try:
                if needs not in processes:
                    processes[needs] = stack.enter_context(process.beside(needs))
                with processes[needs].down_to(cells_of(cells, name)) as own:
                    patience = 1 if once else PATIENCE
                    results.append(_judge_one(judge, name, own, cells, seed, patience, follower))
                    own.end()  # else a thread that this answer has left would ask the next one's server
            except Outcome as refused:
                said, slowed = refused.message, _slowed(refused)
                results.append(without_running(judge, name, refused.status, said, slowed=slowed))
    return tuple(results)


def _judge_one(
    judge: Judge,
    name: str,
    process: Process,
    cells: Sequence[CodeCell],
    seed: int,
    patience: int,
    follower: Follower | None,
) -> ExerciseResult:
    runs = [process.runs.get(i) for i, cell in enumerate(cells) if cell.exercise == name]
    ended = next((run.ended for run in runs if run and run.ended), None)
    if ended:
        said, slowed = f"the answer's cell: {ended.message}", _slowed(ended)
        return without_running(judge, name, ended.status, said, slowed=slowed)
    failure = _failure(runs)
    return judge.run(name, process, seed=seed, failure=failure, patience=patience, follower=follower)


def without_running(
    judge: Judge, name: str, status: Status, message: str, *, slowed: bool = False
) -> ExerciseResult:
    """Return the result of an exercise whose tests cannot be run: no points, and the reason."""
    given: dict[str, Any] = {"status": status, "message": message, "slowed": slowed}
    return ExerciseResult(
        name=name,
        tests=tuple(
            TestResult(title=t.title, points=t.points, hidden=t.hidden, **given)
            for t in judge.exercises[name]
        ),
    )


def _slowed(ended: Outcome) -> bool:
    return isinstance(ended, TimedOut) and ended.slowed


def _failure(runs: Sequence[CellRun | None]) -> Outcome | None:
    """Return what an answer's cell raised: it explains why a name is missing."""
    failed = next((run.failure for run in runs if run and run.failure), None)
    return raised(failed) if failed else None


# By how a line begins: the code is not ours to parse, and a name too many costs one process and no more.
_BINDS = re.compile(
    r"^(?:(?:async[ \t]+)?def|class)[ \t]+(\w+)|^(\w+)[ \t]*(?::[^=\n]*)?=(?!=)", re.MULTILINE
)


def cells_of(cells: Sequence[CodeCell], name: str) -> int:
    """Return how many of the cells, from the first, an exercise is judged with.

    All of them, as a rule: a helper may stand anywhere. But where the answer to a later exercise binds a name
    that was bound above (`State` is in many), it is the cells down to that answer, as for whoever runs the
    notebook from its top and checks each answer in its place.
    """
    own = [index for index, cell in enumerate(cells) if cell.exercise == name]
    if not own:
        return len(cells)
    later = [i for i, cell in enumerate(cells) if i > own[-1] and cell.exercise not in (None, name)]
    if not later:
        return len(cells)
    above, below = cells[: later[0]], (cells[index] for index in later)
    again = bound(cell.source for cell in above) & bound(cell.source for cell in below)
    return later[0] if again else len(cells)


def bound(sources: Iterable[str]) -> set[str]:
    """Return the names that cells define or assign at the beginning of a line; not what they import."""
    return {found[1] or found[2] for source in sources for found in _BINDS.finditer(source)}
