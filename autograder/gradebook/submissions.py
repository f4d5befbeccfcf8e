"""Reads and writes submissions in nbgrader's tables, each in one transaction of a few statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from autograder.gradebook.tables import Tables
from autograder.results.graded import Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """What nbgrader knows of a module: its ids, and when it is due (in UTC, without saying so)."""

    assignment: str
    notebook: str
    due: datetime | None
    graded: Mapping[str, str]  #: ids of the cells that get points, by name
    commented: Mapping[str, str]  #: ids of the cells that get comments


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedSubmission:
    """What the gradebook has of a submission."""

    submission: Any
    grades: Mapping[str, Any] = field(default_factory=dict[str, Any])  #: rows by the ids of their cells
    comments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    said: Mapping[str, Said] = field(default_factory=dict[str, Said])  #: by people, by names of cells

    @property
    def extension(self) -> timedelta | None:
        return self.submission.extension


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """What we have to say of a submission, by names of cells."""

    auto: Mapping[str, float | None]
    comments: Mapping[str, str]
    submitted: datetime | None  #: in UTC, without saying so
    changed: frozenset[str]  #: where the learner's text is another than it was
    late: float | None  #: points that lateness cost


class Ledger:
    """The submissions of an open gradebook."""

    def __init__(self, api: Any, engine: Any) -> None:  # noqa: ANN401 — nbgrader has no types
        self._tables, self._new_id = Tables(api, engine.connect()), api.new_uuid

    def close(self) -> None:
        """Let go of the database."""
        self._tables.close()

    def booked(self, cells: Cells, student: str) -> BookedSubmission | None:
        """Return what there is of a submission."""
        with self._tables.transaction():
            return self._read(cells, student)

    def write(self, cells: Cells, student: str, entered: Entered) -> Mapping[str, Said]:
        """Write one submission's marks and comments of ours; return what people said."""
        with self._tables.transaction():
            found = self._read(cells, student)
            notebook = self._update(found, entered) if found else self._add(cells, student, entered)
            found = found or BookedSubmission(submission=None)
            grades = {
                cell: _graded(found.grades.get(cell), entered.auto.get(name, 0.0), name in entered.changed)
                for name, cell in cells.graded.items()
            }
            remarks = {
                cell: {"auto_comment": entered.comments.get(name)} for name, cell in cells.commented.items()
            }
            self._put("grade", notebook, grades, found.grades)
            self._put("comment", notebook, remarks, found.comments)
            return found.said

    def _read(self, cells: Cells, student: str) -> BookedSubmission | None:
        submission = self._tables.submission(cells.assignment, cells.notebook, student)
        if submission is None:
            return None
        grades = self._tables.rows("grade", submission.notebook, cells.graded.values())
        comments = self._tables.rows("comment", submission.notebook, cells.commented.values())
        return BookedSubmission(
            submission=submission, grades=grades, comments=comments, said=_said(cells, grades, comments)
        )

    def _add(self, cells: Cells, student: str, entered: Entered) -> str:
        tables, submission, notebook = self._tables, self._new_id(), self._new_id()
        if not tables.knows(student):
            tables.add("student", [{"id": student}])
        held = {"assignment_id": cells.assignment, "student_id": student, "timestamp": entered.submitted}
        tables.add("submission", [{"id": submission, **held}])
        kept = {"notebook_id": cells.notebook, "flagged": False, "late_submission_penalty": entered.late}
        tables.add("notebook", [{"id": notebook, "assignment_id": submission, **kept}])
        return notebook

    def _update(self, found: BookedSubmission, entered: Entered) -> str:
        there = found.submission
        if there.timestamp != entered.submitted:
            self._tables.change("submission", there.id, timestamp=entered.submitted)
        if there.late != entered.late:
            self._tables.change("notebook", there.notebook, late_submission_penalty=entered.late)
        return there.notebook

    def _put(
        self, table: str, notebook: str, wanted: Mapping[str, Mapping[str, Any]], there: Mapping[str, Any]
    ) -> None:
        """Add the rows that are missing, and change those that say something else."""
        missing = [
            {"id": self._new_id(), "notebook_id": notebook, "cell_id": cell, **values}
            for cell, values in wanted.items()
            if cell not in there
        ]
        if missing:
            self._tables.add(table, missing)
        for cell, row in there.items():
            if any(getattr(row, name) != value for name, value in wanted[cell].items()):
                self._tables.change(table, row.id, **wanted[cell])


def _graded(row: Any, auto: float | None, changed: bool) -> dict[str, Any]:  # noqa: ANN401
    """Our points for a cell, and whether a person is to look: at what has no points, or has changed."""
    if row is None or row.manual_score is None:
        return {"auto_score": auto, "needs_manual_grade": auto is None}
    return {"auto_score": auto, "needs_manual_grade": row.needs_manual_grade or changed}


def _said(cells: Cells, grades: Mapping[str, Any], comments: Mapping[str, Any]) -> dict[str, Said]:
    said: dict[str, Said] = {}
    for name in {*cells.graded, *cells.commented}:
        grade, comment = grades.get(cells.graded.get(name, "")), comments.get(cells.commented.get(name, ""))
        score = grade.manual_score if grade else None
        extra = (grade.extra_credit or 0.0) if grade else 0.0
        text = (comment.manual_comment or "") if comment else ""
        if score is not None or extra or text:
            said[name] = Said(score=score, extra=extra, comment=text)
    return said
