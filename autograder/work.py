"""Does jobs, in whichever process a marker lives: marks what is stale, and makes the pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Self

from autograder.autograded import autograded
from autograder.feedback import page, warm_up
from autograder.grading import Cell
from autograder.handout import Handout, read_handout
from autograder.job import Done, Job, Setup
from autograder.keys import digest, exercise_key
from autograder.late import Penalty
from autograder.manual import manual_marks, overrides
from autograder.marked import Marked, MarkedCell
from autograder.marking import Marker
from autograder.notebook import Unreadable, parse_submission
from autograder.results import ExerciseResult, SubmissionResult
from autograder.rows import Row


class Worker:
    """A marker that does jobs. Use it as a context manager."""

    def __init__(self, setup: Setup) -> None:
        self._setup, self._penalty = setup, Penalty(setup.config)
        self._marker = Marker(
            setup.materials, seed=setup.seed, limits=setup.limits, tier=setup.tier, start=setup.start
        )
        self._handouts = {m.module: read_handout(m.handout) for m in setup.materials}
        warm_up()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the marker and what it runs."""
        self._marker.close()

    def do(self, job: Job, failure: str = "") -> Done:
        """Do a job. `failure` is what went wrong when it was tried before. Never raises."""
        if job.feedback_only and job.before:
            marked = Marked(entry=job.entry, result=job.before, cells=tuple(_as_read(job)))
            return self._paged(Done(entry=job.entry, row=Row(result=job.before), keys=job.keys), job, marked)
        keys: dict[str, str] = {}

        def stale(cells: Sequence[Cell]) -> list[str]:
            prints = self._setup.prints[job.entry.module]
            keys.update((name, exercise_key(p, self._setup.seed, cells)) for name, p in prints.items())
            # One without a key is graded in a file of another name: it is judged each time.
            names = self._marker.exercises(job.entry.module)
            return [name for name in names if name not in keys or job.keys.get(name) != keys[name]]

        marked = self._marker.mark(job.entry, failure, data=job.data, which=stale)
        judged = tuple(exercise.name for exercise in marked.result.exercises)
        marked = replace(marked, result=self._whole(job, marked.result))
        done = Done(
            entry=job.entry,
            row=Row(result=marked.result),
            judged=judged,
            keys=keys if marked.stands else {},
            stands=marked.stands,
        )
        return self._paged(done, job, marked)

    def _whole(self, job: Job, result: SubmissionResult) -> SubmissionResult:
        """All of a submission: the exercises that were judged now, and of the others what stands."""
        now = {exercise.name: exercise for exercise in result.exercises}
        before = {exercise.name: exercise for exercise in job.before.exercises} if job.before else {}
        known: Mapping[str, ExerciseResult] = before | now
        names = self._marker.exercises(job.entry.module)
        error = result.error.encode("utf-8", "replace").decode()  # it may quote half a character of theirs
        exercises = tuple(known[name] for name in names if name in known)
        return replace(result, exercises=exercises, error=error)

    def _paged(self, done: Done, job: Job, marked: Marked) -> Done:
        """Add what people said, what lateness cost, and the pages."""
        handout = self._handouts.get(job.entry.module)
        if handout is None:
            return done  # nothing says which module it is: only the tables can hold it
        answers, notes = marked.answers(), [marked.result.error]
        row = Row(
            result=marked.result,
            manual=manual_marks(handout, answers, job.said),
            overrides=overrides(marked.result.exercises, job.said),
        )
        try:
            row = replace(row, late=self._penalty.of(job.entry.student, row.earned, job.seconds_late))
        except Exception as error:  # a plugin of the instructor's own
            notes.append(f"lateness was not counted ({type(error).__name__}: {error})")
        try:
            notebook = None if job.feedback_only else autograded(marked, handout)
            feedback = page(row, handout, answers).encode("utf-8", "replace")
        except (ValueError, TypeError, LookupError, RecursionError) as error:
            notes.append(f"its pages could not be written ({type(error).__name__}: {error})")
            notebook = feedback = None
        row = replace(row, result=replace(row.result, error="; ".join(filter(None, notes))))
        return replace(
            done,
            row=row,
            answers={slot.grade_id: answers.get(slot.grade_id, slot.source) for slot in handout.questions},
            texts=dict(_texts(handout, answers)),
            notebook=notebook,
            feedback=feedback,
        )


def _as_read(job: Job) -> Iterator[MarkedCell]:
    """The cells of a notebook that need not run again."""
    try:
        cells = () if job.entry.problem else parse_submission(job.entry.path, job.data).cells
    except Unreadable:
        return
    for cell in cells:
        yield MarkedCell(kind=cell.kind, source=cell.source, grade_id=cell.grade_id)


def _texts(handout: Handout, answers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """A hash of each text of the learner's, under the name of the cell that gets points for it."""
    for slot in handout.slots:
        if slot.solution:
            yield slot.grade_id, digest([answers.get(slot.grade_id, "").strip()])
