"""Does grading jobs: judges what is out of date, and makes the pages."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Self

from autograder.gradebook.late_penalty import Penalty
from autograder.grading.cells import CodeCell
from autograder.grading.job import Job, JobResult, Setup
from autograder.grading.keys import digest, exercise_key
from autograder.grading.notebook import Graded, NotebookGrader
from autograder.reports.autograded_notebook import autograded
from autograder.reports.feedback_page import page, warm_up
from autograder.results.changes import GradeChange
from autograder.results.compare import changes
from autograder.results.graded import GradedSubmission, manual_marks, overrides
from autograder.results.store import Record
from autograder.results.verdicts import ExerciseResult
from autograder.sandbox.zygote_start import BranchedZygote
from autograder.submissions.assignment import Handout, read_handout
from autograder.submissions.notebook import NotebookCell, Unreadable, parse_notebook
from autograder.submissions.restore import restored

SLOWED = (
    "something ran out of time while the grading machine was busy; it's tried once more, alone, at the end of"
    " the run"
)


class Worker:
    """A grader that does jobs. Use it as a context manager."""

    def __init__(self, setup: Setup) -> None:
        self._setup, self._penalty = setup, Penalty(setup.config)
        self._grader = NotebookGrader(setup.materials, seed=setup.seed, limits=setup.limits, tier=setup.tier)
        self._handouts = {m.module: read_handout(m.handout) for m in setup.materials}
        warm_up()
        # Where tests look at evidence, they have imported this.
        if rows := sys.modules.get("autograder.testing.evidence.rows"):
            rows.import_plain_classes()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the grader and what it runs."""
        self._grader.close()

    def branch(self) -> BranchedZygote:
        """Have the warm process fork another, for a fork of this worker."""
        return self._grader.branch()

    def take(self, branch: BranchedZygote) -> Self:
        """In a fork of the process that made this, go on with a warm process of its own."""
        self._grader.take(branch)
        return self

    def do(self, job: Job, failure: str = "") -> JobResult:
        """Do a job. Never raises: what goes wrong here is an internal error, and no verdict on anybody.

        `failure` is what went wrong when it was tried before: it is not tried again in this run.
        """
        if failure:
            return self.failed(job, failure, failure)
        try:
            if job.feedback_only and job.before:
                return self._paged(job, job.before.fingerprints, (job.before.submission, self._as_read(job)))
            return self._graded(job)
        except Exception as error:
            said = f"the grader failed ({type(error).__name__}: {error})"
            return self.failed(job, said, traceback.format_exc())

    def _graded(self, job: Job) -> JobResult:
        before = job.before.fingerprints if job.before else {}
        now: dict[str, str] = {}
        left: set[str] = set()

        def stale(cells: Sequence[CodeCell]) -> list[str]:
            known = self._setup.fingerprints[job.entry.module]
            now.update((name, exercise_key(p, self._setup.seed, cells)) for name, p in known.items())
            # One without a fingerprint is graded in a file of another name: it is judged each time.
            names = self._grader.exercises(job.entry.module)
            found = [name for name in names if name not in now or before.get(name) != now[name]]
            left.update(name for name in found if self._is_left(name, before))
            return [name for name in found if name not in left]

        graded, cells = self._grader.grade(
            job.entry, data=job.data, which=stale, once=job.alone, lanes=job.lanes
        )
        judged = tuple(exercise.name for exercise in graded.exercises)
        slowed = {exercise.name for exercise in graded.exercises if exercise.slowed and not job.alone}
        if left or slowed:  # as it was, and the next run looks at it again
            now.update((name, before[name]) for name in left)
            now = {name: key for name, key in now.items() if name not in slowed}
            job = replace(job, inputs_hash="")
        whole = self._whole(job, graded)
        whole = _noted(whole, SLOWED) if slowed else whole
        return replace(self._paged(job, now, (whole, cells)), judged=judged, slowed=bool(slowed))

    def _is_left(self, name: str, before: Mapping[str, str]) -> bool:
        """Whether an exercise has a result already, and isn't one of those that were asked for."""
        return bool(self._setup.exercises) and name not in self._setup.exercises and name in before

    def _whole(self, job: Job, graded: GradedSubmission) -> GradedSubmission:
        """All of a submission: the exercises that were judged now, and of the others what stands."""
        now = {exercise.name: exercise for exercise in graded.exercises}
        before = {e.name: e for e in job.before.submission.exercises} if job.before else {}
        known: Mapping[str, ExerciseResult] = before | now
        if job.alone:
            known = before | {name: _tried_again(before[name], found) for name, found in now.items()}
        names = self._grader.exercises(job.entry.module)
        error = graded.error.encode("utf-8", "replace").decode()  # it may quote half a character of theirs
        exercises = tuple(known[name] for name in names if name in known)
        return replace(graded, exercises=exercises, error=error)

    def _paged(self, job: Job, fingerprints: Mapping[str, str], found: Graded) -> JobResult:
        """Add what people said, what lateness cost, and the pages."""
        (graded, cells), handout = found, self._handouts.get(job.entry.module)
        graded = replace(graded, receipt=job.receipt)
        record = Record(
            submission=graded,
            fingerprints=fingerprints,
            answer_hashes={},
            inputs_hash=job.inputs_hash,
            page_hash=job.page_hash,
        )
        if handout is None:  # nothing says which module it is: only the tables can hold it
            return JobResult(entry=job.entry, record=record)
        answers = {cell.grade_id: cell.source for cell in cells if cell.grade_id}
        graded, traces = self._priced(job, graded, handout, answers)
        kept = job.before.answer_hashes if job.feedback_only and job.before else {}
        record = replace(record, answer_hashes=kept or dict(_answer_hashes(handout, answers)))
        graded = replace(graded, changes=_changes(job, replace(record, submission=graded)))
        notebook = feedback = None
        try:
            notebook = None if job.feedback_only else autograded(graded, cells, handout)
            feedback = page(graded, handout, answers).encode("utf-8", "replace")
        except (ValueError, TypeError, LookupError, RecursionError) as error:
            graded = _noted(graded, f"its pages could not be written ({type(error).__name__}: {error})")
            traces.append(traceback.format_exc())
        page_hash = "" if traces else job.page_hash  # what failed here is tried again by the next run
        return JobResult(
            entry=job.entry,
            record=replace(record, submission=graded, page_hash=page_hash),
            answers={slot.grade_id: answers.get(slot.grade_id, slot.source) for slot in handout.questions},
            notebook=notebook,
            feedback=feedback,
            trace="\n".join(traces),
        )

    def _priced(
        self, job: Job, graded: GradedSubmission, handout: Handout, answers: Mapping[str, str]
    ) -> tuple[GradedSubmission, list[str]]:
        """Add what people said and what lateness cost; return what went wrong with that, too."""
        graded = replace(
            graded,
            manual=manual_marks(handout, answers, job.said),
            overrides=overrides(graded.exercises, job.said),
            late=0.0,
        )
        try:
            late = self._penalty.of(job.entry.student, graded.earned, job.seconds_late)
        except Exception as error:  # a plugin of the instructor's own
            said = f"lateness was not counted ({type(error).__name__}: {error})"
            return _noted(graded, said), [traceback.format_exc()]
        return replace(graded, late=late), []

    def _as_read(self, job: Job) -> tuple[NotebookCell, ...]:
        """The cells of a notebook that need not run again."""
        handout = self._handouts.get(job.entry.module)
        try:
            if job.entry.problem or not handout:
                return ()
            return restored(parse_notebook(job.entry.path, job.data), handout).cells
        except Unreadable:
            return ()

    def failed(self, job: Job, message: str, trace: str) -> JobResult:
        """Say that the grader failed. What stood before stays, and the next run tries again."""
        fresh = self._grader.without(job.entry, "internal error", message)
        known = job.before.submission if job.before else replace(fresh, receipt=job.receipt)
        names = {exercise.name for exercise in known.exercises}
        added = tuple(exercise for exercise in fresh.exercises if exercise.name not in names)
        return JobResult(
            entry=job.entry,
            record=Record(
                submission=replace(known, exercises=(*known.exercises, *added), error=fresh.error),
                fingerprints=job.before.fingerprints if job.before else {},
                answer_hashes=job.before.answer_hashes if job.before else {},
                inputs_hash="",
                page_hash="",
            ),
            failed=True,
            trace=trace,
        )


def _changes(job: Job, now: Record) -> tuple[GradeChange, ...]:
    """Return what changed in a submission's marks; if that's nothing, what had changed the last time."""
    before = job.before_run if job.alone else job.before
    return (tuple(changes(before, now)) or before.submission.changes) if before else ()


def _tried_again(before: ExerciseResult, now: ExerciseResult) -> ExerciseResult:
    """Say of each test that had been slowed that this is its second try."""
    slowed = {test.title for test in before.tests if test.slowed}
    tests = (replace(test, attempts=2) if test.title in slowed else test for test in now.tests)
    return replace(now, tests=tuple(tests))


def _noted(graded: GradedSubmission, note: str) -> GradedSubmission:
    return replace(graded, error="; ".join(filter(None, [graded.error, note])))


def _answer_hashes(handout: Handout, answers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """A hash of each text of the learner's, under the name of the cell that gets points for it."""
    for slot in handout.slots:
        if slot.solution:
            yield slot.grade_id, digest([answers.get(slot.grade_id, "").strip()])
