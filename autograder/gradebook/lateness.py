"""Reads from nbgrader's gradebook who handed in late, of the whole class at once, and whom it knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.gradebook.connection import opened
from autograder.gradebook.deadline import Deadline
from autograder.gradebook.nbgrader_import import nbgrader_api
from autograder.results.roster import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """What only the gradebook knows of a class: nothing, where there is none."""

    people: tuple[Person, ...] = ()
    seconds_late: dict[tuple[str, str], float] | None = (
        None  #: by student and module, of those that came late
    )


def read_booked(where: Path | str) -> Booked:
    """Read a gradebook, and change nothing in it.

    Raises:
        GradebookError: it cannot be opened.
    """
    api = nbgrader_api()
    book, _ = opened(api, where)
    try:
        with book.engine.connect() as connection:
            people = map(person, connection.execute(api.Student.__table__.select()))
            return Booked(people=tuple(people), seconds_late=dict(_late(api, connection)))
    finally:
        book.close()


def person(found: Any) -> Person:  # noqa: ANN401 — a row, and nbgrader has no types
    """Return a student as nbgrader keeps one, from the columns of its table."""
    name = f"{found.first_name or ''} {found.last_name or ''}".strip()
    return Person(id=found.id, name=name, email=found.email or "")


def _late(api: Any, connection: Any) -> Iterator[tuple[tuple[str, str], float]]:  # noqa: ANN401
    from sqlalchemy import select

    held, module = api.SubmittedAssignment.__table__.c, api.Assignment.__table__.c
    query = (
        select(held.student_id, module.name, held.timestamp, held.extension, module.duedate)
        .join_from(held.id.table, module.id.table, held.assignment_id == module.id)
        .where(held.timestamp.is_not(None), module.duedate.is_not(None), held.timestamp > module.duedate)
    )
    for found in connection.execute(query):
        if late := Deadline.of(found.duedate, found.extension).seconds_late(found.timestamp):
            yield (found.student_id, found.name), late
