"""Keeps the marks in nbgrader's own database, so that formgrader and the other nbgrader tools work on it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from autograder.handout import Handout
from autograder.results import SubmissionResult

NOTEBOOK = "exercises"
NO_ANSWER = "No response."  # nbgrader's own words for an answer that was not touched


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualMark:
    """A question that a person grades, and what they have said so far."""

    name: str
    points: float
    earned: float | None = None  #: none as long as nobody has graded it
    comment: str = ""


class Book:
    """An open gradebook. Use it as a context manager; only one process may write to it."""

    def __init__(self, path: Path) -> None:
        from nbgrader import api  # late: 3 s

        path.parent.mkdir(parents=True, exist_ok=True)
        api.get_alembic_version = _schema_version
        self._book: Any = api.Gradebook(f"sqlite:///{path.resolve()}")
        self._handouts: dict[str, Handout] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._book.close()

    def add_module(self, handout: Handout, points: Mapping[str, float]) -> None:
        """Make the module an assignment of nbgrader's; what is there already is brought up to date.

        `points` holds what each exercise is worth by its tests: what counts, where a print is out of date.
        """
        book, module = self._book, handout.module
        self._handouts[module] = handout
        book.update_or_create_assignment(module)
        kernel = json.dumps(handout.metadata.get("kernelspec", {}))
        book.update_or_create_notebook(NOTEBOOK, module, kernelspec=kernel)
        for slot in handout.slots:
            place = (slot.grade_id, NOTEBOOK, module)
            if slot.grade:
                worth = points.get(slot.grade_id, slot.points)
                book.update_or_create_grade_cell(*place, max_score=worth, cell_type=slot.kind)
            if slot.solution:
                book.update_or_create_solution_cell(*place)
            if slot.grade_id:
                facts = {"source": slot.source, "checksum": slot.checksum, "locked": slot.locked}
                book.update_or_create_source_cell(*place, cell_type=slot.kind, **facts)

    def record(
        self, result: SubmissionResult, answers: Mapping[str, str], submitted: datetime | None
    ) -> tuple[ManualMark, ...]:
        """Write one submission's marks; return how its manual questions stand.

        What a person entered in formgrader stays. `answers` holds the learner's source by grade_id.
        """
        book, handout = self._book, self._handouts[result.module]
        book.update_or_create_student(result.student)
        when = submitted.astimezone(UTC).replace(tzinfo=None) if submitted else None
        with book.db.no_autoflush:  # else nbgrader's own code makes SQLAlchemy warn
            submission = book.update_or_create_submission(result.module, result.student, timestamp=when)
        notebook = next(notebook for notebook in submission.notebooks if notebook.name == NOTEBOOK)
        _fill_gaps(book, notebook)
        earned: dict[str, float | None] = {exercise.name: exercise.earned for exercise in result.exercises}
        untouched = {
            slot.grade_id for slot in handout.slots if _untouched(slot.source, slot.grade_id, answers)
        }
        for question in handout.questions:
            earned[question.grade_id] = 0.0 if question.grade_id in untouched else None
        for grade in notebook.grades:
            grade.auto_score = earned.get(grade.cell.name, 0.0)
            grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None
        for comment in notebook.comments:
            comment.auto_comment = NO_ANSWER if comment.cell.name in untouched else None
        book.db.commit()
        return _standing(notebook, handout)


def _schema_version() -> str:
    """What nbgrader calls its schema; it asks a process of its own, which takes 2 s, for the same answer."""
    import nbgrader
    from alembic.script import ScriptDirectory

    return str(ScriptDirectory(str(Path(nbgrader.__file__).parent / "alembic")).get_current_head())


def _untouched(source: str, grade_id: str, answers: Mapping[str, str]) -> bool:
    return answers.get(grade_id, source).strip() == source.strip()


def _fill_gaps(book: Any, notebook: Any) -> None:  # noqa: ANN401 — nbgrader has no types
    """Add rows for cells that came into the module after this submission was first graded."""
    from nbgrader.api import Comment, Grade

    cells = notebook.notebook
    for kind, there, wanted in (
        (Grade, notebook.grades, cells.grade_cells),
        (Comment, notebook.comments, cells.solution_cells),
    ):
        known = {row.cell_id for row in there}
        missing = [kind(cell_id=c.id, notebook_id=notebook.id) for c in wanted if c.id not in known]
        if missing:
            book.db.add_all(missing)
            book.db.commit()


def _standing(notebook: Any, handout: Handout) -> tuple[ManualMark, ...]:  # noqa: ANN401
    grades = {grade.cell.name: grade for grade in notebook.grades}
    comments = {comment.cell.name: comment.manual_comment or "" for comment in notebook.comments}
    return tuple(
        ManualMark(
            name=slot.grade_id,
            points=slot.points,
            earned=_entered(grades[slot.grade_id]),
            comment=comments.get(slot.grade_id, ""),
        )
        for slot in handout.questions
    )


def _entered(grade: Any) -> float | None:  # noqa: ANN401
    score = grade.auto_score if grade.manual_score is None else grade.manual_score
    return None if score is None else float(score + (grade.extra_credit or 0.0))
