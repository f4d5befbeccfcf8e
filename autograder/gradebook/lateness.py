"""Reads from nbgrader's gradebook who handed in late, of the whole class at once, and whom it knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.gradebook.connection import opened
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
            return Booked(people=tuple(_people(api, connection)), seconds_late=dict(_late(api, connection)))
    finally:
        book.close()


def _people(api: Any, connection: Any) -> Iterator[Person]:  # noqa: ANN401 — nbgrader has no types
    for found in connection.execute(api.Student.__table__.select()):
        name = f"{found.first_name or ''} {found.last_name or ''}".strip()
        yield Person(id=found.id, name=name, email=found.email or "")


def _late(api: Any, connection: Any) -> Iterator[tuple[tuple[str, str], float]]:  # noqa: ANN401
    from sqlalchemy import select

    held, module = api.SubmittedAssignment.__table__.c, api.Assignment.__table__.c
    query = (
        select(held.student_id, module.name, held.timestamp, held.extension, module.duedate)
        .join_from(held.id.table, module.id.table, held.assignment_id == module.id)
        .where(held.timestamp.is_not(None), module.duedate.is_not(None), held.timestamp > module.duedate)
    )
    for found in connection.execute(query):
        due = found.duedate + found.extension if found.extension else found.duedate
        if found.timestamp > due:
            yield (found.student_id, found.name), (found.timestamp - due).total_seconds()
