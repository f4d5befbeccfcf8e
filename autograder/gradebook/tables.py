"""Builds, once, the SQL statements that read and write nbgrader's tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any


class Tables:
    """nbgrader's tables of submissions, over one connection."""

    def __init__(self, api: Any, connection: Any) -> None:  # noqa: ANN401 — nbgrader has no types
        from sqlalchemy import bindparam, select

        self._connection = connection
        self._all: dict[str, Any] = {
            "student": api.Student.__table__,
            "submission": api.SubmittedAssignment.__table__,
            "notebook": api.SubmittedNotebook.__table__,
            "grade": api.Grade.__table__,
            "comment": api.Comment.__table__,
        }
        held, kept, student = (self._all[name].c for name in ("submission", "notebook", "student"))
        self._find = (
            select(held.id, held.extension, held.timestamp, kept.id.label("notebook"))
            .add_columns(kept.late_submission_penalty.label("late"))
            .join_from(
                self._all["submission"],
                self._all["notebook"],
                (kept.assignment_id == held.id) & (kept.notebook_id == bindparam("of_notebook")),
            )
            .where(
                held.assignment_id == bindparam("of_assignment"), held.student_id == bindparam("of_student")
            )
        )
        self._known = select(student.id).where(student.id == bindparam("of_student"))
        self._rows = {name: self._of_cells(name, bindparam) for name in ("grade", "comment")}

    def _of_cells(self, name: str, bindparam: Any) -> Any:  # noqa: ANN401
        """By cell *and* notebook: that is what nbgrader's index is on."""
        table = self._all[name]
        cells, notebook = bindparam("cells", expanding=True), bindparam("of_notebook")
        return table.select().where(table.c.cell_id.in_(cells), table.c.notebook_id == notebook)

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()

    def transaction(self) -> AbstractContextManager[Any]:
        """Begin what is to be done as a whole, or not at all."""
        return self._connection.begin()

    def submission(self, assignment: str, notebook: str, student: str) -> Any:  # noqa: ANN401 — a row
        """Return one submission's row, with its notebook's."""
        place = {"of_assignment": assignment, "of_notebook": notebook, "of_student": student}
        return self._connection.execute(self._find, place).first()

    def knows(self, student: str) -> bool:
        """Whether there is a student of this name."""
        return self._connection.execute(self._known, {"of_student": student}).first() is not None

    def rows(self, table: str, notebook: str, cells: Iterable[str]) -> dict[str, Any]:
        """Return a submitted notebook's grades or comments, by the ids of their cells."""
        wanted = {"cells": list(cells), "of_notebook": notebook}
        return {row.cell_id: row for row in self._connection.execute(self._rows[table], wanted)}

    def add(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add rows, all with the same columns."""
        self._connection.execute(self._all[table].insert(), rows)

    def change(self, table: str, key: str, **values: object) -> None:
        """GradeChange one row."""
        target = self._all[table]
        self._connection.execute(target.update().where(target.c.id == key).values(**values))
